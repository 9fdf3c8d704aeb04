CREATE TABLE "foreign_records" (
	"project" integer NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"parent" text,
	"key" text,
	"spec" text NOT NULL,
	"revision" integer NOT NULL,
	"created_at_ms" bigint NOT NULL,
	"changed_at_ms" bigint NOT NULL,
	CONSTRAINT "foreign_records_project_kind_id_pk" PRIMARY KEY("project","kind","id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "foreign_records_key" ON "foreign_records" USING btree ("project","kind","key");--> statement-breakpoint
CREATE INDEX "foreign_records_parent" ON "foreign_records" USING btree ("project","parent","kind");