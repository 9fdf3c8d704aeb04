CREATE TABLE `datapoints` (
	`seq` integer PRIMARY KEY NOT NULL,
	`dataset` integer NOT NULL,
	`id` blob NOT NULL,
	`position` integer NOT NULL,
	`since` integer NOT NULL,
	`until` integer,
	`content` text NOT NULL,
	`source` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `datapoints_position` ON `datapoints` (`dataset`,`position`);--> statement-breakpoint
CREATE UNIQUE INDEX `datapoints_id` ON `datapoints` (`dataset`,`id`,`since`);--> statement-breakpoint
CREATE INDEX `datapoints_since` ON `datapoints` (`dataset`,`since`);--> statement-breakpoint
CREATE TABLE `dataset_versions` (
	`dataset` integer NOT NULL,
	`version` integer NOT NULL,
	`datapoints` integer NOT NULL,
	`added` integer NOT NULL,
	`edited` integer NOT NULL,
	`removed` integer NOT NULL,
	`note` text,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`dataset`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `datasets` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` blob NOT NULL,
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`newest` integer NOT NULL,
	`begun` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `datasets_id_unique` ON `datasets` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `datasets_name` ON `datasets` (`project`,`name`);