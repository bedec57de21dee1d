-- Sessions that were open before servers opened and ended them: when their device was heard of last. Without it the next look would end them.
UPDATE "sessions" s SET "last_seen_at" = p."seen_at"
FROM (SELECT "device_id", max(greatest("latest_handshake_at", "metered_at")) AS "seen_at" FROM "peers" GROUP BY "device_id") p
WHERE s."device_id" = p."device_id" AND s."status" = 'active' AND p."seen_at" > s."connected_at";
