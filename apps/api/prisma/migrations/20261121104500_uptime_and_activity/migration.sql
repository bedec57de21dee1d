-- Uptime is time, not a number of looks: a server that does not answer is looked at less often.
DELETE FROM "server_days";
ALTER TABLE "server_days" RENAME COLUMN "looks" TO "up_seconds";
ALTER TABLE "server_days" RENAME COLUMN "failures" TO "down_seconds";
ALTER TABLE "server_days" ALTER COLUMN "up_seconds" TYPE DOUBLE PRECISION, ALTER COLUMN "down_seconds" TYPE DOUBLE PRECISION;

-- The activity of a tenant, newest first, without what clients do every few minutes.
CREATE INDEX "events_activity" ON "events"("tenant_id", "created_at", "id") WHERE "type" <> 'user.tokens_refreshed';
