CREATE TABLE `changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project` integer NOT NULL,
	`log` integer NOT NULL,
	`what` text NOT NULL,
	`measure` integer,
	`origin` integer,
	`old_number` real,
	`old_category` text,
	`new_number` real,
	`new_category` text,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `folded` (
	`id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `measures` (
	`id` integer PRIMARY KEY NOT NULL,
	`project` integer NOT NULL,
	`what` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `measures_name` ON `measures` (`project`,`what`,`name`,`kind`);--> statement-breakpoint
CREATE TABLE `origins` (
	`id` integer PRIMARY KEY NOT NULL,
	`project` integer NOT NULL,
	`source` text NOT NULL,
	`evaluator` text NOT NULL,
	`version` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `origins_who` ON `origins` (`project`,`source`,`evaluator`,`version`);--> statement-breakpoint
CREATE TABLE `rolled_names` (
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`value_count` integer NOT NULL,
	`dropped` integer NOT NULL,
	PRIMARY KEY(`project`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rollups` (
	`measure` integer NOT NULL,
	`pair` integer NOT NULL,
	`hour` integer NOT NULL,
	`summary` blob NOT NULL,
	PRIMARY KEY(`measure`, `pair`, `hour`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `__new_scores` (
	`log` integer NOT NULL,
	`measure` integer NOT NULL,
	`origin` integer NOT NULL,
	`number` real,
	`category` text,
	`reason` text,
	`duration_ms` real,
	`at_ms` integer NOT NULL,
	`superseded` integer NOT NULL,
	PRIMARY KEY(`log`, `measure`, `origin`)
) WITHOUT ROWID;
--> statement-breakpoint
-- What earlier versions stored, carried over. Every name that was listed stays listed.
INSERT INTO `measures` (`project`, `what`, `name`, `kind`)
	SELECT `project`, 'score', `name`, `kind` FROM `score_names` UNION SELECT `project`, 'score', `name`, `kind` FROM `scores`;
--> statement-breakpoint
INSERT INTO `measures` (`project`, `what`, `name`, `kind`)
	SELECT DISTINCT `l`.`project`, 'outcomes', `e`.`evaluator`, 'category' FROM `evaluations` `e` JOIN `logs` `l` ON `l`.`seq` = `e`.`log`;
--> statement-breakpoint
INSERT INTO `origins` (`project`, `source`, `evaluator`, `version`)
	SELECT `project`, `source`, `evaluator`, `evaluator_version` FROM `scores`
	UNION SELECT `l`.`project`, 'evaluator', `e`.`evaluator`, `e`.`evaluator_version` FROM `evaluations` `e` JOIN `logs` `l` ON `l`.`seq` = `e`.`log`;
--> statement-breakpoint
-- Of several versions of an evaluator, the one that scored a log last is current.
INSERT INTO `__new_scores` (`log`, `measure`, `origin`, `number`, `category`, `reason`, `duration_ms`, `at_ms`, `superseded`)
	SELECT `s`.`log`, `m`.`id`, `o`.`id`, `s`.`number`, `s`.`category`, `s`.`reason`, `s`.`duration_ms`, `s`.`at_ms`,
		`s`.`evaluator` <> '' AND `s`.`evaluator_version` <> (
			SELECT `other`.`evaluator_version` FROM `scores` `other`
			WHERE `other`.`log` = `s`.`log` AND `other`.`evaluator` = `s`.`evaluator`
			ORDER BY `other`.`at_ms` DESC, `other`.`name` DESC, `other`.`evaluator_version` DESC LIMIT 1)
	FROM `scores` `s`
	JOIN `measures` `m` ON `m`.`project` = `s`.`project` AND `m`.`what` = 'score' AND `m`.`name` = `s`.`name` AND `m`.`kind` = `s`.`kind`
	JOIN `origins` `o` ON `o`.`project` = `s`.`project` AND `o`.`source` = `s`.`source` AND `o`.`evaluator` = `s`.`evaluator` AND `o`.`version` = `s`.`evaluator_version`;
--> statement-breakpoint
DROP TABLE `score_names`;--> statement-breakpoint
DROP TABLE `scores`;--> statement-breakpoint
ALTER TABLE `__new_scores` RENAME TO `scores`;--> statement-breakpoint
CREATE INDEX `scores_number` ON `scores` (`measure`,`number`) WHERE number is not null and superseded = 0;--> statement-breakpoint
CREATE INDEX `scores_category` ON `scores` (`measure`,`category`) WHERE category is not null and superseded = 0;--> statement-breakpoint
ALTER TABLE `evaluations` ADD `superseded` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `evaluations_unscored` ON `evaluations` (`evaluator`,`outcome`) WHERE outcome <> 'scored' and superseded = 0;--> statement-breakpoint
CREATE INDEX `logs_user` ON `logs` (`project`,`user_id`,`started_at_ms`) WHERE user_id is not null;--> statement-breakpoint
CREATE INDEX `logs_session` ON `logs` (`project`,`session_id`,`started_at_ms`) WHERE session_id is not null;--> statement-breakpoint
UPDATE `evaluations` SET `superseded` = 1 WHERE `evaluator_version` <> (
	SELECT `other`.`evaluator_version` FROM `evaluations` `other`
	WHERE `other`.`log` = `evaluations`.`log` AND `other`.`evaluator` = `evaluations`.`evaluator`
	ORDER BY `other`.`at_ms` DESC, `other`.`evaluator_version` DESC LIMIT 1);
--> statement-breakpoint
-- What rollups have not seen yet: everything.
INSERT INTO `changes` (`project`, `log`, `what`, `at_ms`) SELECT `project`, `seq`, 'log', `started_at_ms` FROM `logs`;
--> statement-breakpoint
INSERT INTO `changes` (`project`, `log`, `what`, `measure`, `origin`, `new_number`, `new_category`, `at_ms`)
	SELECT `m`.`project`, `s`.`log`, 'score', `s`.`measure`, `s`.`origin`, `s`.`number`, `s`.`category`, `s`.`at_ms`
	FROM `scores` `s` JOIN `measures` `m` ON `m`.`id` = `s`.`measure` WHERE `s`.`superseded` = 0;
--> statement-breakpoint
INSERT INTO `changes` (`project`, `log`, `what`, `measure`, `origin`, `new_category`, `at_ms`)
	SELECT `l`.`project`, `e`.`log`, 'evaluation', `m`.`id`, `o`.`id`, `e`.`outcome`, `e`.`at_ms`
	FROM `evaluations` `e` JOIN `logs` `l` ON `l`.`seq` = `e`.`log`
	JOIN `measures` `m` ON `m`.`project` = `l`.`project` AND `m`.`what` = 'outcomes' AND `m`.`name` = `e`.`evaluator`
	JOIN `origins` `o` ON `o`.`project` = `l`.`project` AND `o`.`source` = 'evaluator' AND `o`.`evaluator` = `e`.`evaluator` AND `o`.`version` = `e`.`evaluator_version`
	WHERE `e`.`superseded` = 0;
