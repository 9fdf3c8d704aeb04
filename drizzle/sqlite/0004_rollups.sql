-- Nobody had written rollups before: the table is made anew, keyed by hour before pair.
DROP TABLE `rollups`;--> statement-breakpoint
CREATE TABLE `rollups` (
	`measure` integer NOT NULL,
	`hour` integer NOT NULL,
	`pair` integer NOT NULL,
	`summary` blob NOT NULL,
	PRIMARY KEY(`measure`, `hour`, `pair`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `folded` ADD `edits` integer DEFAULT 0 NOT NULL;
