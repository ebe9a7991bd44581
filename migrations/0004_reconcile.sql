ALTER TABLE `runs` ADD `place` integer;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `kept_from` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `top_place` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `head_place` integer;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `tail_place` integer;