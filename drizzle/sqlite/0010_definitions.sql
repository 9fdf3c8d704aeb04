CREATE TABLE `definitions` (
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`spec` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`project`, `name`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `evaluators` (
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`newest` integer NOT NULL,
	`managed_by` text NOT NULL,
	`online` text,
	`created_at_ms` integer NOT NULL,
	`changed_at_ms` integer NOT NULL,
	`deleted_at_ms` integer,
	`waiting` text,
	PRIMARY KEY(`project`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `revisions` (
	`what` text PRIMARY KEY NOT NULL,
	`number` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `jobs` ADD `version` text;