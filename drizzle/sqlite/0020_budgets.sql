CREATE TABLE `spendings` (
	`project` integer NOT NULL,
	`rule` text NOT NULL,
	`day_ms` integer NOT NULL,
	`spent_usd` real NOT NULL,
	`evaluations` integer NOT NULL,
	PRIMARY KEY(`project`, `rule`, `day_ms`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `jobs` ADD `paid_by` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `reserved_usd` real;--> statement-breakpoint
ALTER TABLE `jobs` ADD `deferred_by` text;--> statement-breakpoint
CREATE INDEX `jobs_reserved` ON `jobs` (`project`,`paid_by`) WHERE reserved_usd is not null;--> statement-breakpoint
CREATE INDEX `jobs_deferred` ON `jobs` (`project`,`paid_by`) WHERE deferred_by = 'budget';