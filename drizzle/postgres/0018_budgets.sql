CREATE TABLE "spendings" (
	"project" integer NOT NULL,
	"rule" text NOT NULL,
	"day_ms" bigint NOT NULL,
	"spent_usd" double precision NOT NULL,
	"evaluations" integer NOT NULL,
	CONSTRAINT "spendings_project_rule_day_ms_pk" PRIMARY KEY("project","rule","day_ms")
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "paid_by" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "reserved_usd" double precision;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "deferred_by" text;--> statement-breakpoint
CREATE INDEX "jobs_reserved" ON "jobs" USING btree ("project","paid_by") WHERE reserved_usd is not null;--> statement-breakpoint
CREATE INDEX "jobs_deferred" ON "jobs" USING btree ("project","paid_by") WHERE deferred_by = 'budget';