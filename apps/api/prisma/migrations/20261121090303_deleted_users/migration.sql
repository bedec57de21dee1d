-- A deleted user has no name.
ALTER TABLE "tenant_users" DROP CONSTRAINT "tenant_users_identity";
ALTER TABLE "tenant_users" ADD CONSTRAINT "tenant_users_identity" CHECK ("email" IS NOT NULL OR "external_user_id" IS NOT NULL OR "deleted_at" IS NOT NULL);
