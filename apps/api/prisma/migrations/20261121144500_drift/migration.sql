-- What the last look at a server found other than desired, since when, and when it was put right.
ALTER TABLE "server_lanes" ADD COLUMN "drift" JSONB, ADD COLUMN "drift_found_at" TIMESTAMPTZ(3), ADD COLUMN "drift_repaired_at" TIMESTAMPTZ(3);

-- Since when a peer is desired as it is.
ALTER TABLE "peers" ADD COLUMN "desired_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now();
CREATE OR REPLACE FUNCTION "end_quarantine"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN NEW."quarantine_reason" := NULL\073 NEW."desired_at" := now()\073 RETURN NEW\073 END';
