-- Null: the operator of the platform invited them.
ALTER TABLE "invitations" ALTER COLUMN "invited_by_id" DROP NOT NULL;
