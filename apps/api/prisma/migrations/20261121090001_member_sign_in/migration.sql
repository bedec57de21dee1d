-- AlterEnum
ALTER TYPE "member_token_purpose" ADD VALUE 'second_step';

-- DropIndex
DROP INDEX "members_email_key";

-- AlterTable
ALTER TABLE "member_tokens" ADD COLUMN     "tries" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "members" ADD COLUMN     "pending_email" VARCHAR(255);

-- CreateIndex
CREATE INDEX "members_email_idx" ON "members"("email");

-- An address belongs to whoever verified it. Before that anybody may sign up with it, so that sign-up tells nobody who is here.
CREATE UNIQUE INDEX "members_email_verified" ON "members"("email") WHERE "email_verified_at" IS NOT NULL;

-- Who has not verified an address yet and asks for the link again.
CREATE INDEX "members_pending_email" ON "members"("pending_email") WHERE "pending_email" IS NOT NULL;

-- Invitations that wait.
CREATE INDEX "invitations_waiting" ON "invitations"("tenant_id", "created_at", "id") WHERE "accepted_at" IS NULL AND "revoked_at" IS NULL;
