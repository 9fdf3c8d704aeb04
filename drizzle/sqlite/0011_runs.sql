CREATE TABLE `run_outputs` (
	`run` integer NOT NULL,
	`position` integer NOT NULL,
	`repetition` integer NOT NULL,
	`datapoint` blob NOT NULL,
	`log` blob,
	`failure` text,
	`request_hash` blob,
	`cost_usd` real,
	`duration_ms` real,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`run`, `position`, `repetition`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `run_outputs_hash` ON `run_outputs` (`request_hash`) WHERE request_hash is not null;--> statement-breakpoint
CREATE INDEX `run_outputs_datapoint` ON `run_outputs` (`run`,`datapoint`);--> statement-breakpoint
CREATE TABLE `run_results` (
	`run` integer NOT NULL,
	`position` integer NOT NULL,
	`repetition` integer NOT NULL,
	`evaluator` text NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`outcome` text NOT NULL,
	`kind` text,
	`number` real,
	`category` text,
	`reason` text,
	`code` text,
	`duration_ms` real,
	`cost_usd` real,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`run`, `position`, `repetition`, `evaluator`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `runs` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` blob NOT NULL,
	`project` integer NOT NULL,
	`spec` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`outputs` integer NOT NULL,
	`posted` integer NOT NULL,
	`holder` text,
	`held_until_ms` integer,
	`created_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`ended_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runs_id_unique` ON `runs` (`id`);--> statement-breakpoint
CREATE INDEX `runs_project` ON `runs` (`project`);--> statement-breakpoint
CREATE INDEX `runs_open` ON `runs` (`created_at_ms`) WHERE ended_at_ms is null;