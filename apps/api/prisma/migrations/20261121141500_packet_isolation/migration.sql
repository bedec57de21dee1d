-- Whether a tenant lets its own devices reach each other, where they are on the same server. Nobody else's, ever.
ALTER TABLE "tenants" ADD COLUMN "allow_client_to_client" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "tenants_client_to_client" ON "tenants"("id") WHERE "allow_client_to_client";

-- Whose devices are on a server, asked at every change for the few tenants that allow it.
CREATE INDEX "peers_server_id_tenant_id_idx" ON "peers"("server_id", "tenant_id");

-- What is known of the packet rules on a server, and the hash of what it said it had loaded.
ALTER TABLE "server_lanes" ADD COLUMN "isolation" VARCHAR(16), ADD COLUMN "isolation_hash" VARCHAR(64), ADD COLUMN "isolation_at" TIMESTAMPTZ(3);

-- A tenant's choice reaches the servers its devices are on as fast as a peer does.
CREATE FUNCTION "notify_tenant_lanes"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN PERFORM pg_notify(\'cvault_lane\', "server_id"::text) FROM (SELECT DISTINCT "server_id" FROM "peers" WHERE "tenant_id" = NEW."id") AS s\073 RETURN NULL\073 END';
CREATE TRIGGER "tenants_client_to_client_changed" AFTER UPDATE OF "allow_client_to_client" ON "tenants" FOR EACH ROW WHEN (OLD."allow_client_to_client" <> NEW."allow_client_to_client") EXECUTE FUNCTION "notify_tenant_lanes"();

-- Name servers are part of the rules.
CREATE TRIGGER "servers_name_servers" AFTER UPDATE OF "dns_servers" ON "servers" FOR EACH ROW WHEN (OLD."dns_servers" IS DISTINCT FROM NEW."dns_servers") EXECUTE FUNCTION "notify_lane_look"('id');
