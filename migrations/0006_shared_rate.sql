CREATE TABLE `api_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`quiet_at` real,
	`quiet_until` real,
	`quiet_why` text,
	`called_at` real,
	`failures` integer DEFAULT 0 NOT NULL,
	`failing_since` real,
	`failure_kind` text,
	`failure_why` text,
	`failed_at` real,
	`next_try_at` real
);
--> statement-breakpoint
CREATE TABLE `requests` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `requests_at` ON `requests` (`at`);