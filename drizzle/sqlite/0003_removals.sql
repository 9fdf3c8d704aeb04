CREATE TABLE `removals` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`first` integer NOT NULL,
	`last` integer NOT NULL
);
