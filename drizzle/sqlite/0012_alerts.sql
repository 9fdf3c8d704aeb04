CREATE TABLE `alert_events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` blob NOT NULL,
	`alert` integer NOT NULL,
	`state` text NOT NULL,
	`is_repeat` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`finding` text NOT NULL,
	`message` text,
	`delivery` text,
	`attempt` integer NOT NULL,
	`token` integer NOT NULL,
	`due_at_ms` integer,
	`last_at_ms` integer,
	`status` integer,
	`error` text,
	`answer` text,
	`duration_ms` real
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alert_events_id_unique` ON `alert_events` (`id`);--> statement-breakpoint
CREATE INDEX `alert_events_alert` ON `alert_events` (`alert`,`seq`);--> statement-breakpoint
CREATE INDEX `alert_events_due` ON `alert_events` (`due_at_ms`) WHERE due_at_ms is not null;--> statement-breakpoint
CREATE TABLE `alerts` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` blob NOT NULL,
	`project` integer NOT NULL,
	`name` text NOT NULL,
	`spec` text NOT NULL,
	`enabled` integer NOT NULL,
	`hmac_key` text NOT NULL,
	`managed_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`changed_at_ms` integer NOT NULL,
	`revision` integer NOT NULL,
	`standing` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_id_unique` ON `alerts` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_name` ON `alerts` (`project`,`name`);