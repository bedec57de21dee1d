-- AlterTable
ALTER TABLE "tenants" ADD COLUMN     "bandwidth_warned_on" DATE,
ADD COLUMN     "bandwidth_warned_percent" INTEGER NOT NULL DEFAULT 0;

-- What did not succeed: little among much.
CREATE INDEX "audit_log_not_success" ON "audit_log"("tenant_id", "result", "created_at", "id") WHERE "result" <> 'success';

-- Searches of users and devices with one state, whichever is the rare one.
DROP INDEX "tenant_users_email_prefix", "tenant_users_external_prefix";
CREATE INDEX "tenant_users_email_prefix" ON "tenant_users"("tenant_id", "status", "email" text_pattern_ops) WHERE "deleted_at" IS NULL;
CREATE INDEX "tenant_users_external_prefix" ON "tenant_users"("tenant_id", "status", "external_user_id" text_pattern_ops) WHERE "deleted_at" IS NULL;
CREATE INDEX "devices_revoked_name_prefix" ON "devices"("tenant_id", lower("device_name") text_pattern_ops) WHERE "status" = 'revoked';
CREATE INDEX "devices_revoked_tenant_address" ON "devices"("tenant_id", "assigned_ip") WHERE "status" = 'revoked';
CREATE INDEX "devices_revoked_tenant_key" ON "devices"("tenant_id", "public_key" text_pattern_ops) WHERE "status" = 'revoked';

-- One server's, newest first: those of a region are merged from its servers'.
CREATE INDEX "devices_revoked_tenant_server" ON "devices"("tenant_id", "server_id", "created_at", "id") WHERE "status" = 'revoked';
CREATE INDEX "sessions_tenant_server" ON "sessions"("tenant_id", "server_id", "connected_at", "id");
CREATE INDEX "sessions_active_tenant_server" ON "sessions"("tenant_id", "server_id", "connected_at", "id") WHERE "status" = 'active';
