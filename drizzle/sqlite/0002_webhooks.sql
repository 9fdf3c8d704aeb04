CREATE TABLE `deliveries` (
	`webhook` integer NOT NULL,
	`log` integer NOT NULL,
	`state` text NOT NULL,
	`attempt` integer NOT NULL,
	`token` integer NOT NULL,
	`due_at_ms` integer,
	`created_at_ms` integer NOT NULL,
	`last_at_ms` integer,
	`status` integer,
	`error` text,
	`answer` text,
	`duration_ms` real,
	PRIMARY KEY(`webhook`, `log`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`webhook`,`due_at_ms`) WHERE due_at_ms is not null;--> statement-breakpoint
CREATE TABLE `secrets` (
	`name` text PRIMARY KEY NOT NULL,
	`bytes` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `webhooks` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` blob NOT NULL,
	`project` integer NOT NULL,
	`destination` text NOT NULL,
	`sample_percent` real NOT NULL,
	`property_filters` text NOT NULL,
	`include_data` integer NOT NULL,
	`hmac_key` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`disabled_at_ms` integer,
	`disabled_reason` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhooks_id_unique` ON `webhooks` (`id`);--> statement-breakpoint
CREATE INDEX `webhooks_project` ON `webhooks` (`project`);