CREATE TABLE `server_health` (
	`agent` integer PRIMARY KEY NOT NULL,
	`body` text NOT NULL,
	`fetched_at` real NOT NULL,
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action
);
