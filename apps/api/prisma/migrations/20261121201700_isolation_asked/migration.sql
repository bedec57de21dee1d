-- SHA-256 of the packet rules that were asked for when a server last loaded some: whether the rows say something else by now.
ALTER TABLE "server_lanes" ADD COLUMN "isolation_asked" VARCHAR(64);
