-- What housekeeping looks for each minute, in tables that only grow: addresses that wait for their peer to go, events that were delivered.
CREATE INDEX "ip_pool_releasing" ON "ip_pool"("pool_id", "address") WHERE "status" = 'releasing';
CREATE INDEX "events_delivered" ON "events"("delivered_at") WHERE "delivered_at" IS NOT NULL;
