ALTER TABLE `runs` ADD `place` integer;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `kept_from` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `top_place` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `head_place` integer;--> statement-breakpoint
ALTER TABLE `sync_state` ADD `tail_place` integer;--> statement-breakpoint
--> by hand
CREATE TRIGGER `texts_fts_delete` AFTER DELETE ON `texts` BEGIN INSERT INTO `texts_fts`(`texts_fts`, rowid, `body`) VALUES ('delete', old.`id`, old.`body`); END;
