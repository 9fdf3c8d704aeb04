CREATE TABLE `rules` (
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`spec` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`changed_at_ms` integer NOT NULL,
	PRIMARY KEY(`project`, `name`)
) WITHOUT ROWID;
