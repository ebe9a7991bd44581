DROP VIEW `v_signals`;--> statement-breakpoint
CREATE TABLE `__new_signals` (
	`key` integer PRIMARY KEY NOT NULL,
	`agent` integer NOT NULL,
	`run` integer NOT NULL,
	`failure_type` integer NOT NULL,
	`severity` integer NOT NULL,
	`version` integer,
	`step_index` integer,
	`confidence` real,
	`detected_at` real NOT NULL,
	`evidence` integer,
	`alerted` integer,
	`shadow` integer,
	`co_signal_count` integer,
	`title` integer,
	`what` integer,
	`why_it_matters` integer,
	`evidence_summary` integer,
	`suggested_fixes` integer,
	`extra` text,
	`gone_at` real,
	`pass` integer,
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`run`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT OR IGNORE INTO `texts`("hash", "body") SELECT DISTINCT body_hash("evidence"), "evidence" FROM `signals` WHERE "evidence" IS NOT NULL;--> statement-breakpoint
INSERT INTO `__new_signals`("key", "agent", "run", "failure_type", "severity", "version", "step_index", "confidence", "detected_at", "evidence", "alerted", "shadow", "co_signal_count", "title", "what", "why_it_matters", "evidence_summary", "suggested_fixes", "extra", "gone_at", "pass") SELECT "key", "agent", "run", "failure_type", "severity", "version", "step_index", "confidence", "detected_at", (SELECT "id" FROM `texts` WHERE "hash" = body_hash("evidence")), "alerted", "shadow", "co_signal_count", "title", "what", "why_it_matters", "evidence_summary", "suggested_fixes", "extra", "gone_at", "pass" FROM `signals`;--> statement-breakpoint
DROP TABLE `signals`;--> statement-breakpoint
ALTER TABLE `__new_signals` RENAME TO `signals`;--> statement-breakpoint
CREATE INDEX `signals_agent_detected` ON `signals` (`agent`,`detected_at`);--> statement-breakpoint
CREATE INDEX `signals_detected` ON `signals` (`detected_at`);--> statement-breakpoint
CREATE INDEX `signals_run` ON `signals` (`run`);--> statement-breakpoint
CREATE VIEW `v_signals` AS 
  select -s.key as id, t.name as failure_type, n.name as severity, r.run_id, a.agent_id, v.name as agent_version,
    s.step_index, s.confidence, s.detected_at, ev.body as evidence, s.alerted, s.shadow, s.co_signal_count,
    ti.body as title, wh.body as what, wy.body as why_it_matters, es.body as evidence_summary,
    sf.body as suggested_fixes, s.extra, s.gone_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.detected_at, 'unixepoch') as detected_at_iso, strftime('%Y-%m-%dT%H:%M:%fZ', s.gone_at, 'unixepoch') as gone_at_iso
  from signals s join agents a on a.id = s.agent join runs r on r.id = s.run
    join names t on t.id = s.failure_type join names n on n.id = s.severity left join names v on v.id = s.version
    left join texts ti on ti.id = s.title left join texts wh on wh.id = s.what
    left join texts wy on wy.id = s.why_it_matters left join texts es on es.id = s.evidence_summary
    left join texts sf on sf.id = s.suggested_fixes left join texts ev on ev.id = s.evidence;--> statement-breakpoint
CREATE VIRTUAL TABLE `texts_fts` USING fts5(`body`, content='texts', content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2');--> statement-breakpoint
INSERT INTO `texts_fts`(`texts_fts`) VALUES('rebuild');--> statement-breakpoint
CREATE TRIGGER `texts_fts_insert` AFTER INSERT ON `texts` BEGIN INSERT INTO `texts_fts`(rowid, `body`) VALUES (new.`id`, new.`body`); END;--> statement-breakpoint
CREATE VIRTUAL TABLE `names_fts` USING fts5(`name`, content='names', content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2');--> statement-breakpoint
INSERT INTO `names_fts`(`names_fts`) VALUES('rebuild');--> statement-breakpoint
CREATE TRIGGER `names_fts_insert` AFTER INSERT ON `names` BEGIN INSERT INTO `names_fts`(rowid, `name`) VALUES (new.`id`, new.`name`); END;--> statement-breakpoint
CREATE VIRTUAL TABLE `agents_fts` USING fts5(`agent_id`, content='agents', content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2');--> statement-breakpoint
INSERT INTO `agents_fts`(`agents_fts`) VALUES('rebuild');--> statement-breakpoint
CREATE TRIGGER `agents_fts_insert` AFTER INSERT ON `agents` BEGIN INSERT INTO `agents_fts`(rowid, `agent_id`) VALUES (new.`id`, new.`agent_id`); END;
