CREATE TABLE "audit" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"at_ms" bigint NOT NULL,
	"project" integer NOT NULL,
	"actor" text NOT NULL,
	"key" uuid,
	"action" text NOT NULL,
	"target" text,
	"count" bigint NOT NULL,
	"details" jsonb,
	CONSTRAINT "audit_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "project_settings" (
	"project" integer PRIMARY KEY NOT NULL,
	"body_days" integer,
	"log_days" integer
);
--> statement-breakpoint
CREATE TABLE "removals" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "removals_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"first" bigint NOT NULL,
	"last" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "removed_names" (
	"id" integer PRIMARY KEY NOT NULL,
	"times" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"name" text PRIMARY KEY NOT NULL,
	"due_at_ms" bigint NOT NULL,
	"holder" text NOT NULL,
	"lease_until_ms" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "last_used_at_ms" bigint;--> statement-breakpoint
CREATE INDEX "audit_project" ON "audit" USING btree ("project","seq");--> statement-breakpoint
CREATE INDEX "jobs_log" ON "jobs" USING btree ("log");--> statement-breakpoint
CREATE INDEX "scores_superseded" ON "scores" USING btree ("measure") WHERE superseded = 1;