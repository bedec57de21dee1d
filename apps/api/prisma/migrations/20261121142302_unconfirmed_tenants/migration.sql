ALTER TABLE "tenants" ADD COLUMN "is_unconfirmed" BOOLEAN NOT NULL DEFAULT false;

UPDATE "tenants" t SET "is_unconfirmed" = true
WHERE EXISTS (SELECT 1 FROM "members" m WHERE m.tenant_id = t.id)
  AND NOT EXISTS (SELECT 1 FROM "members" m WHERE m.tenant_id = t.id AND m.email_verified_at IS NOT NULL);
