ALTER TABLE "jobs" ADD COLUMN "priority" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "lane_ms" bigint;--> statement-breakpoint
CREATE INDEX "jobs_lanes" ON "jobs" USING btree ("evaluator","project","lane_ms") WHERE lane_ms is not null;