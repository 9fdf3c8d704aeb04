CREATE TABLE `hidden_properties` (
	`project` integer NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`project`, `name`)
) WITHOUT ROWID;
