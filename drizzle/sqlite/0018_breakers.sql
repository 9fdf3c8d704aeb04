CREATE TABLE `breakers` (
	`project` integer NOT NULL,
	`evaluator` text NOT NULL,
	`failures` integer NOT NULL,
	`paused_at_ms` integer,
	`cause` text,
	`reason` text,
	PRIMARY KEY(`project`, `evaluator`)
) WITHOUT ROWID;
