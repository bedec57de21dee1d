-- Who opened a session, and when its device was last heard of.
ALTER TABLE "sessions" ADD COLUMN "opened_by" VARCHAR(16) NOT NULL DEFAULT 'client', ADD COLUMN "last_seen_at" TIMESTAMPTZ(3);

-- The open sessions of a server, at each look.
CREATE INDEX "sessions_active_server" ON "sessions"("server_id") WHERE "status" = 'active';

-- CreateTable
CREATE TABLE "usage_chains" (
    "tenant_id" UUID NOT NULL,
    "block" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "digest" BYTEA NOT NULL,
    "sealed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_chains_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "usage_checkpoints" (
    "tenant_id" UUID NOT NULL,
    "block" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "kept_from" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_checkpoints_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "usage_device_days" (
    "tenant_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "device_id" UUID NOT NULL,
    "rx_bytes" BIGINT NOT NULL DEFAULT 0,
    "tx_bytes" BIGINT NOT NULL DEFAULT 0,
    "connection_seconds" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_device_days_pkey" PRIMARY KEY ("tenant_id","date","device_id")
);

-- Metering updates these in place, many in one transaction.
ALTER TABLE "usage_device_days" SET (fillfactor = 50);
ALTER TABLE "usage_chains" SET (fillfactor = 50);

-- Intervals and their blocks are kept by month, so that an old month can be dropped whole. (No default partition: rows are sealed
-- now, whatever they tell of, and the months to come are made ahead.)
CREATE TABLE "usage_blocks" (
    "tenant_id" UUID NOT NULL,
    "block" BIGINT NOT NULL,
    "sealed_at" TIMESTAMPTZ(3) NOT NULL,
    "server_id" UUID NOT NULL,
    "region" VARCHAR(50) NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,
    "intervals" INTEGER NOT NULL,
    "rx_bytes" DECIMAL(30,0) NOT NULL,
    "tx_bytes" DECIMAL(30,0) NOT NULL,
    "digest" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "usage_blocks_pkey" PRIMARY KEY ("tenant_id","block","sealed_at")
) PARTITION BY RANGE ("sealed_at");

ALTER TABLE "usage_intervals" RENAME TO "usage_intervals_before";
ALTER TABLE "usage_intervals_before" RENAME CONSTRAINT "usage_intervals_bytes" TO "usage_intervals_before_bytes";
CREATE TABLE "usage_intervals" (
    "tenant_id" UUID NOT NULL,
    "block" BIGINT NOT NULL,
    "sealed_at" TIMESTAMPTZ(3) NOT NULL,
    "peer_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,
    "tenant_user_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "rx_bytes" BIGINT NOT NULL,
    "tx_bytes" BIGINT NOT NULL,
    "mark" BYTEA NOT NULL,

    CONSTRAINT "usage_intervals_bytes" CHECK ("rx_bytes" >= 0 AND "tx_bytes" >= 0)
) PARTITION BY RANGE ("sealed_at");
-- Not unique, so that PostgreSQL keeps each (tenant, block) once for all of its rows: a unique key would be as large as a third of them.
CREATE INDEX "usage_intervals_tenant_id_block_idx" ON "usage_intervals"("tenant_id", "block");

-- Make the partitions of this month (UTC) and of the months ahead. Attaching takes no lock that metering would wait for.
CREATE FUNCTION "make_usage_partitions"("ahead" INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS E'DECLARE first TIMESTAMP\073 parent TEXT\073 part TEXT\073 made INTEGER := 0\073 BEGIN PERFORM pg_advisory_xact_lock(hashtext(\'cvault-usage-partitions\'))\073 FOR month IN 0..ahead LOOP first := date_trunc(\'month\', now() AT TIME ZONE \'UTC\') + make_interval(months => month)\073 FOREACH parent IN ARRAY ARRAY[\'usage_blocks\', \'usage_intervals\'] LOOP part := parent || to_char(first, \'_YYYY_MM\')\073 IF to_regclass(part) IS NULL THEN EXECUTE format(\'CREATE TABLE %I (LIKE %I INCLUDING ALL)\', part, parent)\073 EXECUTE format(\'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)\', parent, part, first AT TIME ZONE \'UTC\', (first + interval \'1 month\') AT TIME ZONE \'UTC\')\073 made := made + 1\073 END IF\073 END LOOP\073 END LOOP\073 RETURN made\073 END';
SELECT make_usage_partitions(2);

-- Append-only, for the application's own role too. Whole partitions are dropped, and their last blocks kept as checkpoints.
CREATE FUNCTION "usage_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN RAISE EXCEPTION \'% is append-only\', TG_TABLE_NAME\073 END';
CREATE TRIGGER "usage_blocks_append_only" BEFORE UPDATE OR DELETE ON "usage_blocks" FOR EACH ROW EXECUTE FUNCTION "usage_is_append_only"();
CREATE TRIGGER "usage_intervals_append_only" BEFORE UPDATE OR DELETE ON "usage_intervals" FOR EACH ROW EXECUTE FUNCTION "usage_is_append_only"();

-- What was metered before there were chains becomes their first blocks: one a tenant, day and server.
DO E'DECLARE part RECORD\073 last_tenant UUID\073 n BIGINT\073 h BYTEA\073 at TIMESTAMPTZ(3) := clock_timestamp()\073 BEGIN FOR part IN SELECT tenant_id, server_id, s.region, date_trunc(\'day\', i.ended_at, \'UTC\') AS day, max(i.ended_at) AS ended_at, count(*)::int AS intervals, sum(rx_bytes) AS rx, sum(tx_bytes) AS tx, sha256(convert_to(\'usage 1 \' || tenant_id || \' \' || server_id || \' \' || s.region || \' \' || count(*) || chr(10) || string_agg(peer_id || \' \' || (extract(epoch FROM i.started_at) * 1000)::bigint || \' \' || (extract(epoch FROM i.ended_at) * 1000)::bigint || \' \' || tenant_user_id || \' \' || device_id || \' \' || rx_bytes || \' \' || tx_bytes || chr(10), \'\' ORDER BY peer_id, i.ended_at), \'UTF8\')) AS digest FROM usage_intervals_before i JOIN servers s ON s.id = i.server_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 4, 2 LOOP IF part.tenant_id IS DISTINCT FROM last_tenant THEN last_tenant := part.tenant_id\073 n := 0\073 h := sha256(convert_to(\'usage chain 1 \' || part.tenant_id || chr(10), \'UTF8\'))\073 END IF\073 n := n + 1\073 h := sha256(h || part.digest)\073 INSERT INTO usage_blocks (tenant_id, block, sealed_at, server_id, region, ended_at, intervals, rx_bytes, tx_bytes, digest, hash) VALUES (part.tenant_id, n, greatest(at, part.ended_at), part.server_id, part.region, part.ended_at, part.intervals, part.rx, part.tx, part.digest, h)\073 INSERT INTO usage_intervals (tenant_id, block, sealed_at, peer_id, started_at, ended_at, tenant_user_id, device_id, rx_bytes, tx_bytes, mark) SELECT tenant_id, n, greatest(at, part.ended_at), peer_id, i.started_at, i.ended_at, tenant_user_id, device_id, rx_bytes, tx_bytes, substr(sha256(convert_to(peer_id || \' \' || (extract(epoch FROM i.started_at) * 1000)::bigint || \' \' || (extract(epoch FROM i.ended_at) * 1000)::bigint || \' \' || tenant_user_id || \' \' || device_id || \' \' || rx_bytes || \' \' || tx_bytes || chr(10), \'UTF8\')), 1, 8) FROM usage_intervals_before i WHERE i.tenant_id = part.tenant_id AND i.server_id = part.server_id AND i.ended_at >= part.day AND i.ended_at < part.day + interval \'24 hours\'\073 INSERT INTO usage_chains AS c (tenant_id, block, hash, digest, sealed_at) VALUES (part.tenant_id, n, h, part.digest, greatest(at, part.ended_at)) ON CONFLICT (tenant_id) DO UPDATE SET block = excluded.block, hash = excluded.hash, digest = excluded.digest, sealed_at = greatest(c.sealed_at, excluded.sealed_at)\073 END LOOP\073 END';

-- 100 PB a day is the most that a roll-up holds.
INSERT INTO "usage_device_days" ("tenant_id", "date", "device_id", "rx_bytes", "tx_bytes")
SELECT "tenant_id", ("ended_at" AT TIME ZONE 'UTC')::date, "device_id", least(sum("rx_bytes"), 100000000000000000), least(sum("tx_bytes"), 100000000000000000)
FROM "usage_intervals_before" GROUP BY 1, 2, 3;

DROP TABLE "usage_intervals_before";
