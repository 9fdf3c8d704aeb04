CREATE TABLE `rule_days` (
	`project` integer NOT NULL,
	`rule` text NOT NULL,
	`stratum` text NOT NULL,
	`date` text NOT NULL,
	`matched` integer NOT NULL,
	`taken` integer NOT NULL,
	`first_ms` integer,
	`used_up_at_ms` integer,
	`changed_at_ms` integer NOT NULL,
	PRIMARY KEY(`project`, `rule`, `stratum`, `date`)
) WITHOUT ROWID;
