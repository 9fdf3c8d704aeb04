CREATE TABLE `day_rollups` (
	`id` integer PRIMARY KEY NOT NULL,
	`measure` integer NOT NULL,
	`day` integer NOT NULL,
	`pair` integer NOT NULL,
	`summary` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `day_rollups_of` ON `day_rollups` (`measure`,`day`,`pair`);--> statement-breakpoint
CREATE TABLE `rolled_days` (
	`measure` integer NOT NULL,
	`day` integer NOT NULL,
	PRIMARY KEY(`measure`, `day`)
) WITHOUT ROWID;
