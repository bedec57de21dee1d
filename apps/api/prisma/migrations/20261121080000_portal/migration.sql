-- CreateEnum
CREATE TYPE "member_role" AS ENUM ('owner', 'admin', 'member', 'viewer');

-- CreateEnum
CREATE TYPE "member_token_purpose" AS ENUM ('verify_email', 'reset_password');

-- CreateEnum
CREATE TYPE "mail_status" AS ENUM ('queued', 'sent', 'failed');

-- DropIndex
DROP INDEX "sessions_tenant_id_connected_at_idx";

-- AlterTable
ALTER TABLE "tenants" ADD COLUMN     "contact_email" VARCHAR(255),
ADD COLUMN     "contact_name" VARCHAR(255),
ADD COLUMN     "is_demo" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "key_policy" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "notification_config" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "website" VARCHAR(255);

-- AlterTable
ALTER TABLE "tenant_users" ADD COLUMN     "last_active_on" DATE;

-- AlterTable
ALTER TABLE "usage_metrics" ADD COLUMN     "active_users" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "members" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255),
    "password_hash" VARCHAR(255) NOT NULL,
    "role" "member_role" NOT NULL,
    "status" "user_status" NOT NULL DEFAULT 'active',
    "email_verified_at" TIMESTAMPTZ(3),
    "totp_secret_encrypted" BYTEA,
    "totp_enabled_at" TIMESTAMPTZ(3),
    "totp_last_step" BIGINT,
    "last_login_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "members_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member_sessions" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "ip" VARCHAR(64),
    "user_agent" VARCHAR(512),
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" VARCHAR(64),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member_refresh_tokens" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "member_session_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_refresh_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member_tokens" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "purpose" "member_token_purpose" NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recovery_codes" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitations" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "role" "member_role" NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "invited_by_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mails" (
    "id" UUID NOT NULL,
    "tenant_id" UUID,
    "recipient" VARCHAR(255) NOT NULL,
    "template" VARCHAR(64) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "body_encrypted" BYTEA,
    "status" "mail_status" NOT NULL DEFAULT 'queued',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_error" VARCHAR(255),
    "sent_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_throttle" (
    "scope_hash" BYTEA NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "window_end_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "login_throttle_pkey" PRIMARY KEY ("scope_hash")
);

-- CreateTable
CREATE TABLE "usage_hours" (
    "tenant_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "server_id" UUID NOT NULL,
    "region" VARCHAR(50) NOT NULL,
    "rx_bytes" BIGINT NOT NULL DEFAULT 0,
    "tx_bytes" BIGINT NOT NULL DEFAULT 0,
    "connection_seconds" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_hours_pkey" PRIMARY KEY ("tenant_id","hour","server_id")
);

-- CreateTable
CREATE TABLE "api_key_days" (
    "tenant_id" UUID NOT NULL,
    "api_key_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "calls" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "api_key_days_pkey" PRIMARY KEY ("tenant_id","api_key_id","date")
);

-- CreateTable
CREATE TABLE "server_days" (
    "server_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "looks" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "server_days_pkey" PRIMARY KEY ("server_id","date")
);

-- CreateIndex
CREATE UNIQUE INDEX "members_email_key" ON "members"("email");

-- CreateIndex
CREATE INDEX "members_tenant_id_created_at_id_idx" ON "members"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "members_tenant_id_id_key" ON "members"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "member_sessions_tenant_id_member_id_created_at_idx" ON "member_sessions"("tenant_id", "member_id", "created_at");

-- CreateIndex
CREATE INDEX "member_sessions_expires_at_idx" ON "member_sessions"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "member_sessions_tenant_id_id_key" ON "member_sessions"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "member_refresh_tokens_token_hash_key" ON "member_refresh_tokens"("token_hash");

-- CreateIndex
CREATE INDEX "member_refresh_tokens_tenant_id_member_session_id_created_a_idx" ON "member_refresh_tokens"("tenant_id", "member_session_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "member_tokens_token_hash_key" ON "member_tokens"("token_hash");

-- CreateIndex
CREATE INDEX "member_tokens_tenant_id_member_id_purpose_idx" ON "member_tokens"("tenant_id", "member_id", "purpose");

-- CreateIndex
CREATE INDEX "member_tokens_expires_at_idx" ON "member_tokens"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "recovery_codes_member_id_code_hash_key" ON "recovery_codes"("member_id", "code_hash");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_token_hash_key" ON "invitations"("token_hash");

-- CreateIndex
CREATE INDEX "invitations_tenant_id_created_at_id_idx" ON "invitations"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_tenant_id_id_key" ON "invitations"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "mails_created_at_id_idx" ON "mails"("created_at", "id");

-- CreateIndex
CREATE INDEX "login_throttle_window_end_at_idx" ON "login_throttle"("window_end_at");

-- CreateIndex
CREATE INDEX "tenant_users_tenant_id_last_active_on_idx" ON "tenant_users"("tenant_id", "last_active_on");

-- CreateIndex
CREATE INDEX "devices_tenant_id_created_at_id_idx" ON "devices"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_tenant_id_connected_at_id_idx" ON "sessions"("tenant_id", "connected_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_action_created_at_id_idx" ON "audit_log"("tenant_id", "action", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_actor_id_created_at_id_idx" ON "audit_log"("tenant_id", "actor_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_target_id_created_at_id_idx" ON "audit_log"("tenant_id", "target_id", "created_at", "id");

-- AddForeignKey
ALTER TABLE "members" ADD CONSTRAINT "members_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_sessions" ADD CONSTRAINT "member_sessions_tenant_id_member_id_fkey" FOREIGN KEY ("tenant_id", "member_id") REFERENCES "members"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_refresh_tokens" ADD CONSTRAINT "member_refresh_tokens_tenant_id_member_session_id_fkey" FOREIGN KEY ("tenant_id", "member_session_id") REFERENCES "member_sessions"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_tokens" ADD CONSTRAINT "member_tokens_tenant_id_member_id_fkey" FOREIGN KEY ("tenant_id", "member_id") REFERENCES "members"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_tenant_id_member_id_fkey" FOREIGN KEY ("tenant_id", "member_id") REFERENCES "members"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key_days" ADD CONSTRAINT "api_key_days_tenant_id_api_key_id_fkey" FOREIGN KEY ("tenant_id", "api_key_id") REFERENCES "api_keys"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "server_days" ADD CONSTRAINT "server_days_server_id_fkey" FOREIGN KEY ("server_id") REFERENCES "servers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Mails that are due.
CREATE INDEX "mails_due" ON "mails"("next_attempt_at", "id") WHERE "status" = 'queued';

-- One open invitation an address and tenant.
CREATE UNIQUE INDEX "invitations_open" ON "invitations"("tenant_id", "email") WHERE "accepted_at" IS NULL AND "revoked_at" IS NULL;

-- Search in the portal: by how a text begins, whatever its case.
CREATE INDEX "tenant_users_email_prefix" ON "tenant_users"("tenant_id", "email" text_pattern_ops);
CREATE INDEX "tenant_users_external_prefix" ON "tenant_users"("tenant_id", "external_user_id" text_pattern_ops);
CREATE INDEX "devices_name_prefix" ON "devices"("tenant_id", lower("device_name") text_pattern_ops) WHERE "status" = 'active';
CREATE INDEX "devices_active_tenant" ON "devices"("tenant_id", "created_at", "id") WHERE "status" = 'active';
CREATE INDEX "sessions_active_tenant" ON "sessions"("tenant_id", "connected_at", "id") WHERE "status" = 'active';

-- A member's role, state and logins are cached like other credentials.
CREATE TRIGGER "members_credentials" AFTER UPDATE OF "status", "role" ON "members" FOR EACH ROW EXECUTE FUNCTION "notify_credentials"('member');
CREATE TRIGGER "member_sessions_credentials" AFTER UPDATE OF "revoked_at" ON "member_sessions" FOR EACH ROW EXECUTE FUNCTION "notify_credentials"('session');

-- Metering updates it in place, many rows in one transaction.
ALTER TABLE "usage_hours" SET (fillfactor = 50);
