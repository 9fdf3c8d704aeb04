ALTER TABLE `jobs` ADD `priority` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `lane_ms` integer;--> statement-breakpoint
CREATE INDEX `jobs_lanes` ON `jobs` (`evaluator`,`project`,`lane_ms`) WHERE lane_ms is not null;