CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` blob NOT NULL,
	`at_ms` integer NOT NULL,
	`project` integer NOT NULL,
	`actor` text NOT NULL,
	`key` blob,
	`action` text NOT NULL,
	`target` text,
	`count` integer NOT NULL,
	`details` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_id_unique` ON `audit` (`id`);--> statement-breakpoint
CREATE INDEX `audit_project` ON `audit` (`project`,`seq`);--> statement-breakpoint
CREATE TABLE `project_settings` (
	`project` integer PRIMARY KEY NOT NULL,
	`body_days` integer,
	`log_days` integer
);
--> statement-breakpoint
CREATE TABLE `turns` (
	`name` text PRIMARY KEY NOT NULL,
	`due_at_ms` integer NOT NULL,
	`holder` text NOT NULL,
	`lease_until_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `keys` ADD `last_used_at_ms` integer;--> statement-breakpoint
CREATE INDEX `jobs_log` ON `jobs` (`log`);--> statement-breakpoint
CREATE INDEX `scores_superseded` ON `scores` (`measure`) WHERE superseded = 1;--> statement-breakpoint
CREATE INDEX `removals_last` ON `removals` (`last`);