-- Every change of desired state takes the next number, across all servers.
CREATE SEQUENCE "peer_generation" AS bigint;

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "tenant_status" AS ENUM ('trial', 'active', 'suspended');

-- CreateEnum
CREATE TYPE "user_status" AS ENUM ('active', 'disabled');

-- CreateEnum
CREATE TYPE "device_status" AS ENUM ('active', 'revoked');

-- CreateEnum
CREATE TYPE "peer_desired" AS ENUM ('present', 'suspended', 'removed');

-- CreateEnum
CREATE TYPE "session_status" AS ENUM ('active', 'disconnected');

-- CreateEnum
CREATE TYPE "server_status" AS ENUM ('active', 'maintenance', 'offline');

-- CreateEnum
CREATE TYPE "server_mode" AS ENUM ('enforce', 'observe');

-- CreateEnum
CREATE TYPE "server_kind" AS ENUM ('wireguard', 'simulated');

-- CreateEnum
CREATE TYPE "address_status" AS ENUM ('available', 'allocated', 'releasing', 'reserved');

-- CreateEnum
CREATE TYPE "pool_purpose" AS ENUM ('devices', 'routers');

-- CreateTable
CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "status" "tenant_status" NOT NULL DEFAULT 'active',
    "bandwidth_limit_gb" INTEGER,
    "user_limit" INTEGER,
    "max_devices_per_user" INTEGER NOT NULL DEFAULT 5,
    "rate_limit_per_minute" INTEGER NOT NULL DEFAULT 100,
    "whitelabel_config" JSONB NOT NULL DEFAULT '{}',
    "user_count" INTEGER NOT NULL DEFAULT 0,
    "bandwidth_exceeded_at" TIMESTAMPTZ(3),
    "wrapped_key" BYTEA NOT NULL,
    "kek_id" VARCHAR(32) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "require_secret" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tenant_users" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "external_user_id" VARCHAR(255),
    "email" VARCHAR(255),
    "password_hash" VARCHAR(255),
    "status" "user_status" NOT NULL DEFAULT 'active',
    "last_login_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_sessions" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "tenant_user_id" UUID NOT NULL,
    "ip" VARCHAR(64),
    "user_agent" VARCHAR(512),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" VARCHAR(64),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auth_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refresh_tokens" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "auth_session_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "refresh_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "devices" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "tenant_user_id" UUID NOT NULL,
    "device_name" VARCHAR(255) NOT NULL,
    "public_key" VARCHAR(44) NOT NULL,
    "private_key_encrypted" BYTEA,
    "pool_id" UUID NOT NULL,
    "assigned_ip" INET NOT NULL,
    "server_id" UUID NOT NULL,
    "status" "device_status" NOT NULL DEFAULT 'active',
    "last_connected_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "devices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "peers" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "public_key" VARCHAR(44) NOT NULL,
    "allowed_ips" TEXT[],
    "desired" "peer_desired" NOT NULL DEFAULT 'present',
    "generation" BIGINT NOT NULL DEFAULT nextval('peer_generation'::regclass),
    "applied_generation" BIGINT,
    "applied_at" TIMESTAMPTZ(3),
    "quarantine_reason" VARCHAR(255),
    "interface_epoch" VARCHAR(128),
    "rx_bytes" BIGINT NOT NULL DEFAULT 0,
    "tx_bytes" BIGINT NOT NULL DEFAULT 0,
    "metered_at" TIMESTAMPTZ(3),
    "latest_handshake_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "peers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "servers" (
    "id" UUID NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "region" VARCHAR(50) NOT NULL,
    "kind" "server_kind" NOT NULL DEFAULT 'wireguard',
    "host" VARCHAR(255) NOT NULL,
    "ssh_port" INTEGER NOT NULL DEFAULT 22,
    "ssh_user" VARCHAR(64) NOT NULL,
    "host_key" TEXT NOT NULL,
    "interface_name" VARCHAR(15) NOT NULL DEFAULT 'wg0',
    "public_ip" VARCHAR(255) NOT NULL,
    "endpoint_port" INTEGER NOT NULL DEFAULT 51820,
    "public_key" VARCHAR(44) NOT NULL,
    "dns_servers" TEXT[],
    "capacity" INTEGER NOT NULL DEFAULT 1000,
    "current_load" INTEGER NOT NULL DEFAULT 0,
    "status" "server_status" NOT NULL DEFAULT 'active',
    "mode" "server_mode" NOT NULL DEFAULT 'enforce',
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "servers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "server_lanes" (
    "server_id" UUID NOT NULL,
    "holder" VARCHAR(128),
    "fence" BIGINT NOT NULL DEFAULT 0,
    "lease_expires_at" TIMESTAMPTZ(3),
    "reachable" BOOLEAN NOT NULL DEFAULT false,
    "last_seen_at" TIMESTAMPTZ(3),
    "last_reconciled_at" TIMESTAMPTZ(3),
    "last_error" VARCHAR(255),
    "last_error_at" TIMESTAMPTZ(3),
    "peer_count" INTEGER NOT NULL DEFAULT 0,
    "online_count" INTEGER NOT NULL DEFAULT 0,
    "guard_tripped_at" TIMESTAMPTZ(3),
    "guard_unexplained" INTEGER,
    "guard_confirmed" INTEGER,

    CONSTRAINT "server_lanes_pkey" PRIMARY KEY ("server_id")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" VARCHAR(128) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "address_pools" (
    "id" UUID NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "purpose" "pool_purpose" NOT NULL,
    "cidr" VARCHAR(64) NOT NULL,
    "next_offset" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "address_pools_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ip_pool" (
    "pool_id" UUID NOT NULL,
    "address" INET NOT NULL,
    "status" "address_status" NOT NULL DEFAULT 'available',
    "tenant_id" UUID,
    "device_id" UUID,
    "available_at" TIMESTAMPTZ(3) NOT NULL DEFAULT '1970-01-01 00:00:00+00'::timestamptz,
    "allocated_at" TIMESTAMPTZ(3),

    CONSTRAINT "ip_pool_pkey" PRIMARY KEY ("pool_id","address")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "tenant_user_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "status" "session_status" NOT NULL DEFAULT 'active',
    "connected_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disconnected_at" TIMESTAMPTZ(3),
    "end_reason" VARCHAR(64),
    "rx_bytes" BIGINT NOT NULL DEFAULT 0,
    "tx_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usage_intervals" (
    "peer_id" UUID NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "tenant_id" UUID NOT NULL,
    "tenant_user_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "rx_bytes" BIGINT NOT NULL,
    "tx_bytes" BIGINT NOT NULL,

    CONSTRAINT "usage_intervals_pkey" PRIMARY KEY ("peer_id","ended_at")
);

-- CreateTable
CREATE TABLE "usage_metrics" (
    "tenant_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "rx_bytes" BIGINT NOT NULL DEFAULT 0,
    "tx_bytes" BIGINT NOT NULL DEFAULT 0,
    "connection_seconds" BIGINT NOT NULL DEFAULT 0,
    "api_calls" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_metrics_pkey" PRIMARY KEY ("tenant_id","date")
);

-- CreateTable
CREATE TABLE "usage_user_days" (
    "tenant_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "tenant_user_id" UUID NOT NULL,
    "rx_bytes" BIGINT NOT NULL DEFAULT 0,
    "tx_bytes" BIGINT NOT NULL DEFAULT 0,
    "connection_seconds" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_user_days_pkey" PRIMARY KEY ("tenant_id","date","tenant_user_id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" UUID NOT NULL,
    "tenant_id" UUID,
    "type" VARCHAR(64) NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" UUID NOT NULL,
    "tenant_id" UUID,
    "actor_type" VARCHAR(16) NOT NULL,
    "actor_id" VARCHAR(64),
    "action" VARCHAR(64) NOT NULL,
    "target_type" VARCHAR(32),
    "target_id" VARCHAR(64),
    "result" VARCHAR(16) NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "ip" VARCHAR(64),
    "user_agent" VARCHAR(512),
    "request_id" VARCHAR(64),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "id" UUID NOT NULL,
    "tenant_id" UUID,
    "scope_hash" BYTEA NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "response_status" INTEGER,
    "response" BYTEA,
    "locked_until" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tenants_created_at_id_idx" ON "tenants"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_key_key" ON "api_keys"("key");

-- CreateIndex
CREATE INDEX "api_keys_tenant_id_created_at_id_idx" ON "api_keys"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_tenant_id_id_key" ON "api_keys"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "tenant_users_tenant_id_created_at_id_idx" ON "tenant_users"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_users_tenant_id_id_key" ON "tenant_users"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_users_tenant_id_email_key" ON "tenant_users"("tenant_id", "email");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_users_tenant_id_external_user_id_key" ON "tenant_users"("tenant_id", "external_user_id");

-- CreateIndex
CREATE INDEX "auth_sessions_tenant_id_tenant_user_id_created_at_idx" ON "auth_sessions"("tenant_id", "tenant_user_id", "created_at");

-- CreateIndex
CREATE INDEX "auth_sessions_expires_at_idx" ON "auth_sessions"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "auth_sessions_tenant_id_id_key" ON "auth_sessions"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "refresh_tokens_token_hash_key" ON "refresh_tokens"("token_hash");

-- CreateIndex
CREATE INDEX "refresh_tokens_tenant_id_auth_session_id_created_at_idx" ON "refresh_tokens"("tenant_id", "auth_session_id", "created_at");

-- CreateIndex
CREATE INDEX "devices_tenant_id_tenant_user_id_created_at_id_idx" ON "devices"("tenant_id", "tenant_user_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "devices_tenant_id_id_key" ON "devices"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "peers_tenant_id_device_id_idx" ON "peers"("tenant_id", "device_id");

-- CreateIndex
CREATE UNIQUE INDEX "peers_tenant_id_id_key" ON "peers"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "peers_server_id_public_key_key" ON "peers"("server_id", "public_key");

-- CreateIndex
CREATE INDEX "servers_status_region_idx" ON "servers"("status", "region");

-- CreateIndex
CREATE UNIQUE INDEX "address_pools_name_key" ON "address_pools"("name");

-- CreateIndex
CREATE INDEX "sessions_tenant_id_tenant_user_id_connected_at_idx" ON "sessions"("tenant_id", "tenant_user_id", "connected_at");

-- CreateIndex
CREATE INDEX "sessions_tenant_id_connected_at_idx" ON "sessions"("tenant_id", "connected_at");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_tenant_id_id_key" ON "sessions"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "usage_intervals_tenant_id_ended_at_idx" ON "usage_intervals"("tenant_id", "ended_at");

-- CreateIndex
CREATE INDEX "events_tenant_id_created_at_id_idx" ON "events"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_created_at_id_idx" ON "audit_log"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "idempotency_keys_scope_hash_key" ON "idempotency_keys"("scope_hash");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_users" ADD CONSTRAINT "tenant_users_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auth_sessions" ADD CONSTRAINT "auth_sessions_tenant_id_tenant_user_id_fkey" FOREIGN KEY ("tenant_id", "tenant_user_id") REFERENCES "tenant_users"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_tenant_id_auth_session_id_fkey" FOREIGN KEY ("tenant_id", "auth_session_id") REFERENCES "auth_sessions"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "devices" ADD CONSTRAINT "devices_tenant_id_tenant_user_id_fkey" FOREIGN KEY ("tenant_id", "tenant_user_id") REFERENCES "tenant_users"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "devices" ADD CONSTRAINT "devices_server_id_fkey" FOREIGN KEY ("server_id") REFERENCES "servers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "peers" ADD CONSTRAINT "peers_tenant_id_device_id_fkey" FOREIGN KEY ("tenant_id", "device_id") REFERENCES "devices"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "peers" ADD CONSTRAINT "peers_server_id_fkey" FOREIGN KEY ("server_id") REFERENCES "servers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "server_lanes" ADD CONSTRAINT "server_lanes_server_id_fkey" FOREIGN KEY ("server_id") REFERENCES "servers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ip_pool" ADD CONSTRAINT "ip_pool_pool_id_fkey" FOREIGN KEY ("pool_id") REFERENCES "address_pools"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_tenant_id_tenant_user_id_fkey" FOREIGN KEY ("tenant_id", "tenant_user_id") REFERENCES "tenant_users"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_tenant_id_device_id_fkey" FOREIGN KEY ("tenant_id", "device_id") REFERENCES "devices"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_server_id_fkey" FOREIGN KEY ("server_id") REFERENCES "servers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "usage_metrics" ADD CONSTRAINT "usage_metrics_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema language cannot say.

-- A deleted server keeps its row for history, not its name.
CREATE UNIQUE INDEX "servers_name" ON "servers"("name") WHERE "deleted_at" IS NULL;

-- One living server per WireGuard interface: two lanes would undo each other's work.
CREATE UNIQUE INDEX "servers_public_key" ON "servers"("public_key") WHERE "deleted_at" IS NULL;

-- One living device per public key and per address, whoever the tenant is.
CREATE UNIQUE INDEX "devices_active_public_key" ON "devices"("public_key") WHERE "status" = 'active';
CREATE UNIQUE INDEX "devices_active_address" ON "devices"("pool_id", "assigned_ip") WHERE "status" = 'active';
CREATE INDEX "devices_active_user" ON "devices"("tenant_id", "tenant_user_id", "created_at" DESC, "id" DESC) WHERE "status" = 'active';
CREATE INDEX "devices_active_server" ON "devices"("server_id", "tenant_id") WHERE "status" = 'active';

-- One open session a device.
CREATE UNIQUE INDEX "sessions_active_device" ON "sessions"("device_id") WHERE "status" = 'active';
CREATE INDEX "sessions_active_user" ON "sessions"("tenant_id", "tenant_user_id") WHERE "status" = 'active';

-- What a lane has to do: rows whose change the server has not confirmed.
CREATE INDEX "peers_pending" ON "peers"("server_id", "generation") WHERE "applied_generation" IS DISTINCT FROM "generation" AND "quarantine_reason" IS NULL;

-- What a server or its agent refused.
CREATE INDEX "peers_quarantined" ON "peers"("server_id") WHERE "quarantine_reason" IS NOT NULL;

-- The next free address without a scan: never used ones first, then those that rested longest.
CREATE INDEX "ip_pool_available" ON "ip_pool"("pool_id", "available_at", "address") WHERE "status" = 'available';
CREATE INDEX "ip_pool_device" ON "ip_pool"("device_id") WHERE "device_id" IS NOT NULL;

-- Undelivered events.
CREATE INDEX "events_undelivered" ON "events"("created_at", "id") WHERE "delivered_at" IS NULL;

ALTER TABLE "servers" ADD CONSTRAINT "servers_load_within_capacity" CHECK ("current_load" >= 0);
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_user_count" CHECK ("user_count" >= 0);
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_limits" CHECK ("max_devices_per_user" >= 0 AND "rate_limit_per_minute" > 0 AND COALESCE("user_limit", 0) >= 0 AND COALESCE("bandwidth_limit_gb", 0) >= 0);
ALTER TABLE "tenant_users" ADD CONSTRAINT "tenant_users_identity" CHECK ("email" IS NOT NULL OR "external_user_id" IS NOT NULL);
ALTER TABLE "usage_intervals" ADD CONSTRAINT "usage_intervals_bytes" CHECK ("rx_bytes" >= 0 AND "tx_bytes" >= 0);

-- The audit log is append-only, for the application's own role too.
-- (Prisma's engine splits a migration at every semicolon, so the one inside the body is written as \073.)
CREATE FUNCTION "audit_log_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN RAISE EXCEPTION \'audit_log is append-only\'\073 END';
CREATE TRIGGER "audit_log_append_only" BEFORE UPDATE OR DELETE ON "audit_log" FOR EACH ROW EXECUTE FUNCTION "audit_log_is_append_only"();
CREATE TRIGGER "audit_log_no_truncate" BEFORE TRUNCATE ON "audit_log" FOR EACH STATEMENT EXECUTE FUNCTION "audit_log_is_append_only"();

-- Whatever changes desired state wakes the lanes it concerns, so no writer can forget to.
CREATE FUNCTION "notify_lanes"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN PERFORM pg_notify(\'cvault_lane\', "server_id"::text) FROM (SELECT DISTINCT "server_id" FROM "changed" WHERE "applied_generation" IS DISTINCT FROM "generation") AS s\073 RETURN NULL\073 END';
CREATE TRIGGER "peers_inserted" AFTER INSERT ON "peers" REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "notify_lanes"();
CREATE TRIGGER "peers_updated" AFTER UPDATE ON "peers" REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "notify_lanes"();

-- A change of what credentials stand for is told to every replica's cache.
CREATE FUNCTION "notify_credentials"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN PERFORM pg_notify(\'cvault_credentials\', TG_ARGV[0] || \':\' || NEW."id"::text)\073 RETURN NULL\073 END';
CREATE TRIGGER "tenants_credentials" AFTER UPDATE OF "status", "bandwidth_limit_gb", "user_limit", "max_devices_per_user", "rate_limit_per_minute", "bandwidth_exceeded_at" ON "tenants" FOR EACH ROW EXECUTE FUNCTION "notify_credentials"('tenant');
CREATE TRIGGER "api_keys_credentials" AFTER UPDATE OF "revoked_at", "expires_at", "require_secret", "secret_hash" ON "api_keys" FOR EACH ROW EXECUTE FUNCTION "notify_credentials"('key');
CREATE TRIGGER "auth_sessions_credentials" AFTER UPDATE OF "revoked_at" ON "auth_sessions" FOR EACH ROW EXECUTE FUNCTION "notify_credentials"('session');
CREATE TRIGGER "tenant_users_credentials" AFTER UPDATE OF "status" ON "tenant_users" FOR EACH ROW EXECUTE FUNCTION "notify_credentials"('user');

-- A change of what is desired of a peer is a new chance: the old refusal says nothing of it.
CREATE FUNCTION "end_quarantine"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN NEW."quarantine_reason" := NULL\073 RETURN NEW\073 END';
CREATE TRIGGER "peers_end_quarantine" BEFORE UPDATE OF "generation" ON "peers" FOR EACH ROW WHEN (OLD."generation" <> NEW."generation") EXECUTE FUNCTION "end_quarantine"();

-- What changes how a lane works makes it look at its server at once: another address or mode, an operator's consent.
CREATE FUNCTION "notify_lane_look"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN PERFORM pg_notify(\'cvault_lane\', (to_jsonb(NEW) ->> TG_ARGV[0]) || \' look\')\073 RETURN NULL\073 END';
CREATE TRIGGER "servers_inserted" AFTER INSERT ON "servers" FOR EACH ROW EXECUTE FUNCTION "notify_lane_look"('id');
CREATE TRIGGER "servers_changed" AFTER UPDATE OF "host", "ssh_port", "ssh_user", "host_key", "interface_name", "public_key", "mode", "deleted_at" ON "servers" FOR EACH ROW EXECUTE FUNCTION "notify_lane_look"('id');
CREATE TRIGGER "server_lanes_confirmed" AFTER UPDATE OF "guard_confirmed" ON "server_lanes" FOR EACH ROW WHEN (NEW."guard_confirmed" IS NOT NULL) EXECUTE FUNCTION "notify_lane_look"('server_id');

-- Metering updates these in place, many in one transaction: room in each page keeps that from touching their indexes.
ALTER TABLE "peers" SET (fillfactor = 50);
ALTER TABLE "sessions" SET (fillfactor = 50);
ALTER TABLE "usage_user_days" SET (fillfactor = 50);
