-- AlterTable
ALTER TABLE "tenant_users" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "sessions_tenant_id_device_id_connected_at_id_idx" ON "sessions"("tenant_id", "device_id", "connected_at", "id");

-- The few among the many: users who are disabled, devices by what an operator has in hand.
CREATE INDEX "tenant_users_disabled" ON "tenant_users"("tenant_id", "created_at", "id") WHERE "status" = 'disabled' AND "deleted_at" IS NULL;
CREATE INDEX "devices_active_tenant_address" ON "devices"("tenant_id", "assigned_ip") WHERE "status" = 'active';
CREATE INDEX "devices_active_tenant_key" ON "devices"("tenant_id", "public_key" text_pattern_ops) WHERE "status" = 'active';
CREATE INDEX "devices_active_tenant_server" ON "devices"("tenant_id", "server_id", "created_at", "id") WHERE "status" = 'active';
CREATE INDEX "devices_revoked_tenant" ON "devices"("tenant_id", "created_at", "id") WHERE "status" = 'revoked';
