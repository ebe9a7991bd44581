CREATE TABLE `shared_ids` (
	`list` text NOT NULL,
	`agent` integer NOT NULL,
	`key` integer NOT NULL,
	`lasts` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`list`, `agent`, `key`),
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `fleet_state` ADD `unread_agents` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `fleet_state` ADD `unread_shape` text;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `tail_unread` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `tail_nameless` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `unread` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `unread_shape` text;