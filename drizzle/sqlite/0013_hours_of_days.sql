-- Made again from the hours, which are still there.
DELETE FROM `day_rollups`;--> statement-breakpoint
DELETE FROM `rolled_days`;--> statement-breakpoint
ALTER TABLE `day_rollups` ADD `hours` blob DEFAULT x'' NOT NULL;--> statement-breakpoint
ALTER TABLE `rolled_days` ADD `whole` integer DEFAULT 1 NOT NULL;