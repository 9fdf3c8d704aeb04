-- By hand: bodies are compressed already, and PostgreSQL would try again.
ALTER TABLE "blocks" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
