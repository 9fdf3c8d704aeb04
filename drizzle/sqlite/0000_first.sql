CREATE TABLE `blocks` (
	`id` integer PRIMARY KEY NOT NULL,
	`project` integer NOT NULL,
	`bytes` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `evaluations` (
	`log` integer NOT NULL,
	`evaluator` text NOT NULL,
	`evaluator_version` text NOT NULL,
	`outcome` text NOT NULL,
	`code` text,
	`reason` text,
	`printed` text NOT NULL,
	`duration_ms` real NOT NULL,
	`attempt` integer NOT NULL,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`log`, `evaluator`, `evaluator_version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project` integer NOT NULL,
	`log` integer NOT NULL,
	`evaluator` text NOT NULL,
	`state` text NOT NULL,
	`attempt` integer NOT NULL,
	`token` integer NOT NULL,
	`due_at_ms` integer,
	`reason` text
);
--> statement-breakpoint
CREATE INDEX `jobs_due` ON `jobs` (`due_at_ms`) WHERE due_at_ms is not null;--> statement-breakpoint
CREATE TABLE `keys` (
	`id` blob PRIMARY KEY NOT NULL,
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`last4` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_hash_unique` ON `keys` (`hash`);--> statement-breakpoint
CREATE TABLE `log_properties` (
	`property` integer NOT NULL,
	`started_at_ms` integer NOT NULL,
	`log` integer NOT NULL,
	PRIMARY KEY(`property`, `started_at_ms`, `log`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `logs` (
	`seq` integer PRIMARY KEY NOT NULL,
	`id` blob NOT NULL,
	`project` integer NOT NULL,
	`request_id` blob,
	`upstream` text NOT NULL,
	`provider` text NOT NULL,
	`target` text NOT NULL,
	`method` text NOT NULL,
	`path` text NOT NULL,
	`model` text,
	`model_asked` text,
	`model_answered` text,
	`flags` integer NOT NULL,
	`status` integer,
	`error_code` text,
	`ending` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`first_byte_ms` real,
	`first_token_ms` real,
	`duration_ms` real NOT NULL,
	`input_tokens` integer,
	`cached_input_tokens` integer,
	`cache_write_tokens` integer,
	`audio_input_tokens` integer,
	`output_tokens` integer,
	`reasoning_tokens` integer,
	`audio_output_tokens` integer,
	`cost_usd` real,
	`finish_reason` text,
	`user_id` text,
	`session_id` text,
	`session_name` text,
	`session_path` text,
	`provider_response_id` text,
	`request_size` integer NOT NULL,
	`response_size` integer NOT NULL,
	`properties_dropped` integer NOT NULL,
	`parse_error` text,
	`properties` text,
	`block` integer,
	`slot` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `logs_id` ON `logs` (`id`);--> statement-breakpoint
CREATE INDEX `logs_request_id` ON `logs` (`request_id`) WHERE request_id is not null;--> statement-breakpoint
CREATE INDEX `logs_provider_response_id` ON `logs` (`provider_response_id`) WHERE provider_response_id is not null;--> statement-breakpoint
CREATE INDEX `logs_started` ON `logs` (`project`,`started_at_ms`);--> statement-breakpoint
CREATE TABLE `probe` (
	`id` integer PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `projects` (
	`seq` integer PRIMARY KEY NOT NULL,
	`id` blob NOT NULL,
	`name` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `projects_id_unique` ON `projects` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `projects_name_unique` ON `projects` (`name`);--> statement-breakpoint
CREATE TABLE `properties` (
	`id` integer PRIMARY KEY NOT NULL,
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `properties_pair` ON `properties` (`project`,`name`,`value`);--> statement-breakpoint
CREATE TABLE `score_names` (
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	PRIMARY KEY(`project`, `name`, `kind`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `scores` (
	`log` integer NOT NULL,
	`name` text NOT NULL,
	`source` text NOT NULL,
	`evaluator` text NOT NULL,
	`evaluator_version` text NOT NULL,
	`project` integer NOT NULL,
	`kind` text NOT NULL,
	`number` real,
	`category` text,
	`reason` text,
	`duration_ms` real,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`log`, `name`, `source`, `evaluator`, `evaluator_version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `started` (
	`id` blob PRIMARY KEY NOT NULL,
	`replica` text NOT NULL,
	`log` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `waiting_scores` (
	`project` integer NOT NULL,
	`log_id` text NOT NULL,
	`name` text NOT NULL,
	`source` text NOT NULL,
	`kind` text NOT NULL,
	`number` real,
	`category` text,
	`reason` text,
	`at_ms` integer NOT NULL,
	`keep_until_ms` integer NOT NULL,
	PRIMARY KEY(`project`, `log_id`, `name`, `source`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `waiting_scores_keep` ON `waiting_scores` (`keep_until_ms`);