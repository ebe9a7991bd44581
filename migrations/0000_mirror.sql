CREATE TABLE `agents` (
	`id` integer PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`last_seen` real,
	`run_count` integer,
	`signal_count` integer,
	`critical_count` integer,
	`high_count` integer,
	`sparkline` text,
	`failure_types` text,
	`extra` text,
	`gone_at` real,
	`pass` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `agents_agent_id_unique` ON `agents` (`agent_id`);--> statement-breakpoint
CREATE TABLE `evidence` (
	`key` integer PRIMARY KEY NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `explanations` (
	`id` integer PRIMARY KEY NOT NULL,
	`hash` blob NOT NULL,
	`failure_type` integer NOT NULL,
	`title` text,
	`what` text,
	`why_it_matters` text,
	`evidence_summary` text,
	`suggested_fixes` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `explanations_hash_unique` ON `explanations` (`hash`);--> statement-breakpoint
CREATE TABLE `mirror_meta` (
	`id` integer PRIMARY KEY NOT NULL,
	`schema_version` integer NOT NULL,
	`api_url` text NOT NULL,
	`key_salt` text NOT NULL,
	`key_fingerprint` text NOT NULL,
	`created_at` real NOT NULL,
	`content` text DEFAULT 'hash' NOT NULL,
	`content_secret` text NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `names` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `names_name_unique` ON `names` (`name`);--> statement-breakpoint
CREATE TABLE `run_events` (
	`run` integer NOT NULL,
	`seq` integer NOT NULL,
	`event_type` integer NOT NULL,
	`step_index` integer,
	`timestamp` real,
	`model` integer,
	`prompt_tokens` integer,
	`completion_tokens` integer,
	`latency_ms` real,
	`tool_name` integer,
	`success` integer,
	`input_hash` text,
	`payload` text NOT NULL,
	`parent_run_id` text,
	`extra` text,
	PRIMARY KEY(`run`, `seq`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `run_sums` (
	`run` integer NOT NULL,
	`model` integer NOT NULL,
	`calls` integer NOT NULL,
	`counted` integer NOT NULL,
	`prompt` integer NOT NULL,
	`prompts` integer NOT NULL,
	`called` integer NOT NULL,
	`responded` integer NOT NULL,
	`told` integer NOT NULL,
	`completion` integer NOT NULL,
	`reasoning` integer NOT NULL,
	`latency_us` integer NOT NULL,
	`latencies` integer NOT NULL,
	`stopped` integer NOT NULL,
	PRIMARY KEY(`run`, `model`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`agent` integer NOT NULL,
	`version` integer,
	`started_at` real,
	`completed_at` real,
	`exit_reason` integer,
	`step_count` integer,
	`signal_count` integer,
	`has_signals` integer,
	`total_tokens` integer,
	`cost_usd` real,
	`extra` text,
	`events_expired` integer DEFAULT false NOT NULL,
	`detail_at` real,
	`gone_at` real,
	`pass` integer,
	`place` integer,
	`input` text,
	`conversation_id` integer,
	`detail_extra` text,
	`is_undercounted` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runs_run_id_unique` ON `runs` (`run_id`);--> statement-breakpoint
CREATE INDEX `runs_agent_started` ON `runs` (`agent`,`started_at`);--> statement-breakpoint
CREATE INDEX `runs_agent_time` ON `runs` (`agent`,coalesce("started_at", "completed_at"),`total_tokens`,`cost_usd`,`version`) WHERE gone_at is null and pass is not null;--> statement-breakpoint
CREATE INDEX `runs_without_detail` ON `runs` (`has_signals`,`started_at`) WHERE detail_at is null and events_expired = 0 and gone_at is null;--> statement-breakpoint
CREATE INDEX `runs_agent_detailed` ON `runs` (`agent`,coalesce("started_at", "completed_at")) WHERE detail_at is not null and gone_at is null and pass is not null;--> statement-breakpoint
CREATE INDEX `runs_undercounted` ON `runs` (`agent`) WHERE is_undercounted = 1;--> statement-breakpoint
CREATE INDEX `runs_conversation` ON `runs` (`conversation_id`) WHERE conversation_id is not null;--> statement-breakpoint
CREATE INDEX `runs_agent_input` ON `runs` (`agent`,`input`) WHERE input is not null and gone_at is null and pass is not null;--> statement-breakpoint
CREATE TABLE `server_health` (
	`agent` integer PRIMARY KEY NOT NULL,
	`body` text NOT NULL,
	`fetched_at` real NOT NULL,
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `signals` (
	`key` integer PRIMARY KEY NOT NULL,
	`agent` integer NOT NULL,
	`run` integer NOT NULL,
	`failure_type` integer NOT NULL,
	`severity` integer NOT NULL,
	`version` integer,
	`step_index` integer,
	`confidence` real,
	`detected_at` real NOT NULL,
	`alerted` integer,
	`shadow` integer,
	`co_signal_count` integer,
	`explanation` integer NOT NULL,
	`extra` text,
	`gone_at` real,
	`pass` integer,
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`run`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`explanation`) REFERENCES `explanations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `signals_newest` ON `signals` (detected_at desc,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_severity_newest` ON `signals` (`severity`,detected_at desc,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_type_newest` ON `signals` (`failure_type`,detected_at desc,`severity`,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_agent_newest` ON `signals` (`agent`,detected_at desc,`severity`,`version`,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_agent_type_newest` ON `signals` (`agent`,`failure_type`,detected_at desc,`severity`,`version`,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_explanation` ON `signals` (`explanation`,`agent`) WHERE gone_at is null;--> statement-breakpoint
CREATE INDEX `signals_run` ON `signals` (`run`,`failure_type`,`gone_at`);--> statement-breakpoint
CREATE TABLE `run_days` (
	`agent` integer NOT NULL,
	`day` integer NOT NULL,
	`what` integer NOT NULL,
	`version` integer NOT NULL,
	`runs` integer NOT NULL,
	`with_events` integer DEFAULT 0 NOT NULL,
	`calls` integer DEFAULT 0 NOT NULL,
	`prompt` integer DEFAULT 0 NOT NULL,
	`prompts` integer DEFAULT 0 NOT NULL,
	`told_prompt` integer DEFAULT 0 NOT NULL,
	`told` integer DEFAULT 0 NOT NULL,
	`latency_us` integer DEFAULT 0 NOT NULL,
	`latencies` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`agent`, `day`, `what`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `signal_days` (
	`agent` integer NOT NULL,
	`day` integer NOT NULL,
	`failure_type` integer NOT NULL,
	`severity` integer NOT NULL,
	`version` integer NOT NULL,
	`signals` integer NOT NULL,
	`runs` integer NOT NULL,
	PRIMARY KEY(`agent`, `day`, `failure_type`, `severity`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `fleet_lists` (
	`list` text PRIMARY KEY NOT NULL,
	`beyond` integer NOT NULL,
	`is_confirmed` integer NOT NULL,
	`pass` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `fleet_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`last_pass` integer DEFAULT 0 NOT NULL,
	`began_at` real,
	`completed_at` real,
	`synced_at` real,
	`unread_agents` integer DEFAULT 0 NOT NULL,
	`unread_shape` text,
	`error_kind` text,
	`error` text,
	`error_at` real
);
--> statement-breakpoint
CREATE TABLE `record_lists` (
	`list` text NOT NULL,
	`owner` text NOT NULL,
	`read_at` real,
	`covered_from` real DEFAULT 0 NOT NULL,
	`rows` integer DEFAULT 0 NOT NULL,
	`unread` integer DEFAULT 0 NOT NULL,
	`unread_shape` text,
	`error_kind` text,
	`error` text,
	`error_at` real,
	PRIMARY KEY(`list`, `owner`)
);
--> statement-breakpoint
CREATE TABLE `records` (
	`list` text NOT NULL,
	`key` text NOT NULL,
	`owner` text NOT NULL,
	`place` integer,
	`at` real,
	`body` text NOT NULL,
	`extra` text,
	`gone_at` real,
	PRIMARY KEY(`list`, `key`)
);
--> statement-breakpoint
CREATE INDEX `records_newest` ON `records` (`list`,`owner`,`at`);--> statement-breakpoint
CREATE TABLE `shared_ids` (
	`list` text NOT NULL,
	`agent` integer NOT NULL,
	`key` integer NOT NULL,
	`lasts` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`list`, `agent`, `key`),
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `sync_state` (
	`agent` integer NOT NULL,
	`list` text NOT NULL,
	`head_pass` integer,
	`head_cursor` integer DEFAULT 0 NOT NULL,
	`tail_pass` integer,
	`tail_cursor` integer DEFAULT 0 NOT NULL,
	`tail_from` real,
	`tail_bad` integer DEFAULT 0 NOT NULL,
	`tail_unread` integer DEFAULT 0 NOT NULL,
	`tail_nameless` integer DEFAULT false NOT NULL,
	`tail_ended` integer DEFAULT false NOT NULL,
	`tail_replaces` integer DEFAULT false NOT NULL,
	`done_pass` integer DEFAULT 0 NOT NULL,
	`full_pass` integer DEFAULT 0 NOT NULL,
	`covered_from` real,
	`kept_from` real DEFAULT 0 NOT NULL,
	`top_place` integer DEFAULT 0 NOT NULL,
	`head_place` integer,
	`tail_place` integer,
	`rows` integer DEFAULT 0 NOT NULL,
	`deficit` integer DEFAULT 0 NOT NULL,
	`unread` integer DEFAULT 0 NOT NULL,
	`unread_shape` text,
	`seen` text,
	`began_at` real,
	`completed_at` real,
	`full_at` real,
	`error_kind` text,
	`error` text,
	`error_at` real,
	PRIMARY KEY(`agent`, `list`),
	FOREIGN KEY (`agent`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
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
	`next_try_at` real,
	`clock_skew` real,
	`clock_unknown` text,
	`generation` integer,
	`generation_at` real
);
--> statement-breakpoint
CREATE TABLE `lease` (
	`id` integer PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`pid` integer NOT NULL,
	`host` text NOT NULL,
	`taken_at` real NOT NULL,
	`expires_at` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `requests` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `requests_at` ON `requests` (`at`);--> statement-breakpoint
CREATE VIEW `v_agents` AS 
  select a.agent_id, a.last_seen, a.run_count, a.signal_count, a.critical_count, a.high_count, a.sparkline,
    a.failure_types, a.extra, a.gone_at, strftime('%Y-%m-%dT%H:%M:%fZ', a.last_seen, 'unixepoch') as last_seen_iso, strftime('%Y-%m-%dT%H:%M:%fZ', a.gone_at, 'unixepoch') as gone_at_iso
  from agents a where a.pass is not null;--> statement-breakpoint
CREATE VIEW `v_run_events` AS 
  select r.run_id, a.agent_id, e.seq, t.name as event_type, e.step_index, e.timestamp, e.payload, e.parent_run_id,
    m.name as model, e.prompt_tokens, e.completion_tokens, e.latency_ms, w.name as tool_name, e.success, e.input_hash,
    e.extra, r.events_expired, r.gone_at, strftime('%Y-%m-%dT%H:%M:%fZ', e.timestamp, 'unixepoch') as timestamp_iso,
    strftime('%Y-%m-%dT%H:%M:%fZ', r.gone_at, 'unixepoch') as gone_at_iso
  from run_events e join runs r on r.id = e.run join agents a on a.id = r.agent
    join names t on t.id = e.event_type left join names m on m.id = e.model left join names w on w.id = e.tool_name;--> statement-breakpoint
CREATE VIEW `v_runs` AS 
  select r.run_id, a.agent_id, v.name as agent_version, r.started_at, r.completed_at, x.name as exit_reason,
    r.step_count, r.signal_count, r.has_signals, r.total_tokens, r.cost_usd, r.extra, r.events_expired, r.gone_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', r.started_at, 'unixepoch') as started_at_iso, strftime('%Y-%m-%dT%H:%M:%fZ', r.completed_at, 'unixepoch') as completed_at_iso,
    strftime('%Y-%m-%dT%H:%M:%fZ', r.gone_at, 'unixepoch') as gone_at_iso, r.conversation_id, r.detail_extra
  from runs r join agents a on a.id = r.agent
    left join names v on v.id = r.version left join names x on x.id = r.exit_reason
  where r.pass is not null;--> statement-breakpoint
CREATE VIEW `v_signals` AS 
  select -s.key as id, t.name as failure_type, n.name as severity, r.run_id, a.agent_id, v.name as agent_version,
    s.step_index, s.confidence, s.detected_at, ev.body as evidence, s.alerted, s.shadow, s.co_signal_count,
    x.title, x.what, x.why_it_matters, x.evidence_summary, x.suggested_fixes, s.extra, s.gone_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.detected_at, 'unixepoch') as detected_at_iso, strftime('%Y-%m-%dT%H:%M:%fZ', s.gone_at, 'unixepoch') as gone_at_iso
  from signals s join agents a on a.id = s.agent join runs r on r.id = s.run
    join names t on t.id = s.failure_type join names n on n.id = s.severity left join names v on v.id = s.version
    join explanations x on x.id = s.explanation left join evidence ev on ev.key = s.key;--> statement-breakpoint
CREATE VIEW `v_agent_issues` AS select json_extract(body, '$.id') as id, json_extract(body, '$.agent_id') as agent_id, json_extract(body, '$.failure_type') as failure_type, json_extract(body, '$.status') as status, json_extract(body, '$.first_seen') as first_seen, json_extract(body, '$.last_seen') as last_seen, json_extract(body, '$.resolved_at') as resolved_at, json_extract(body, '$.affected_runs') as affected_runs, json_extract(body, '$.clean_runs_since') as clean_runs_since, json_extract(body, '$.resolution_notes') as resolution_notes, json_extract(body, '$.manually_resolved') as manually_resolved, extra, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.first_seen'), 'unixepoch') as first_seen_iso, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.last_seen'), 'unixepoch') as last_seen_iso, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.resolved_at'), 'unixepoch') as resolved_at_iso from records where list = 'agent_issues' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_approvals` AS select json_extract(body, '$.id') as id, json_extract(body, '$.org_id') as org_id, json_extract(body, '$.run_id') as run_id, json_extract(body, '$.agent_id') as agent_id, json_extract(body, '$.tool_name') as tool_name, json_extract(body, '$.tool_args') as tool_args, json_extract(body, '$.status') as status, json_extract(body, '$.requested_at') as requested_at, json_extract(body, '$.expires_at') as expires_at, json_extract(body, '$.decided_at') as decided_at, json_extract(body, '$.decided_by') as decided_by, json_extract(body, '$.decision_channel') as decision_channel, json_extract(body, '$.note') as note, extra, gone_at, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.requested_at'), 'unixepoch') as requested_at_iso, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.expires_at'), 'unixepoch') as expires_at_iso, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.decided_at'), 'unixepoch') as decided_at_iso from records where list = 'approvals' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_conversation_runs` AS select owner as conversation_id, json_extract(body, '$.run_id') as run_id, json_extract(body, '$.agent_version') as agent_version, json_extract(body, '$.started_at') as started_at, extra, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.started_at'), 'unixepoch') as started_at_iso from records where list = 'conversation_runs' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_conversations` AS select json_extract(body, '$.id') as id, json_extract(body, '$.agent_id') as agent_id, json_extract(body, '$.user_id') as user_id, json_extract(body, '$.external_id') as external_id, json_extract(body, '$.last_run_at') as last_run_at, json_extract(body, '$.run_count') as run_count, json_extract(body, '$.has_frustration_signal') as has_frustration_signal, extra, gone_at, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.last_run_at'), 'unixepoch') as last_run_at_iso from records where list = 'conversations' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_custom_detectors` AS select json_extract(body, '$.id') as id, json_extract(body, '$.agent_id') as agent_id, json_extract(body, '$.name') as name, json_extract(body, '$.description') as description, json_extract(body, '$.config') as config, json_extract(body, '$.status') as status, json_extract(body, '$.created_at') as created_at, json_extract(body, '$.total_runs') as total_runs, json_extract(body, '$.shadow_fire_count') as shadow_fire_count, extra, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.created_at'), 'unixepoch') as created_at_iso from records where list = 'custom_detectors' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_fixes` AS select json_extract(body, '$.id') as id, json_extract(body, '$.signal_id') as signal_id, json_extract(body, '$.run_id') as run_id, json_extract(body, '$.failure_type') as failure_type, json_extract(body, '$.severity') as severity, json_extract(body, '$.agent_version') as agent_version, json_extract(body, '$.fix_type') as fix_type, json_extract(body, '$.applied_via') as applied_via, json_extract(body, '$.langfuse_prompt_name') as langfuse_prompt_name, json_extract(body, '$.langfuse_version') as langfuse_version, json_extract(body, '$.applied_at') as applied_at, json_extract(body, '$.runs_after') as runs_after, json_extract(body, '$.recurrences_after') as recurrences_after, json_extract(body, '$.verdict') as verdict, extra, gone_at, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.applied_at'), 'unixepoch') as applied_at_iso from records where list = 'fixes' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_issues` AS select json_extract(body, '$.id') as id, json_extract(body, '$.agent_id') as agent_id, json_extract(body, '$.failure_type') as failure_type, json_extract(body, '$.status') as status, json_extract(body, '$.first_seen') as first_seen, json_extract(body, '$.last_seen') as last_seen, json_extract(body, '$.resolved_at') as resolved_at, json_extract(body, '$.affected_runs') as affected_runs, json_extract(body, '$.clean_runs_since') as clean_runs_since, json_extract(body, '$.resolution_notes') as resolution_notes, json_extract(body, '$.manually_resolved') as manually_resolved, extra, gone_at, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.first_seen'), 'unixepoch') as first_seen_iso, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.last_seen'), 'unixepoch') as last_seen_iso, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.resolved_at'), 'unixepoch') as resolved_at_iso from records where list = 'issues' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_policies` AS select json_extract(body, '$.id') as id, json_extract(body, '$.agent_id') as agent_id, json_extract(body, '$.name') as name, json_extract(body, '$.condition') as condition, json_extract(body, '$.action') as action, json_extract(body, '$.enabled') as enabled, json_extract(body, '$.priority') as priority, json_extract(body, '$.signature') as signature, json_extract(body, '$.sig_version') as sig_version, json_extract(body, '$.created_at') as created_at, json_extract(body, '$.updated_at') as updated_at, extra, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.created_at'), 'unixepoch') as created_at_iso, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.updated_at'), 'unixepoch') as updated_at_iso from records where list = 'policies' order by place, at desc;--> statement-breakpoint
CREATE VIEW `v_policy_evaluations` AS select json_extract(body, '$.id') as id, json_extract(body, '$.policy_id') as policy_id, json_extract(body, '$.policy_name') as policy_name, json_extract(body, '$.agent_id') as agent_id, json_extract(body, '$.run_id') as run_id, json_extract(body, '$.trigger') as trigger, json_extract(body, '$.trigger_matched') as trigger_matched, json_extract(body, '$.fired') as fired, json_extract(body, '$.sampled') as sampled, json_extract(body, '$.reason') as reason, json_extract(body, '$.conditions') as conditions, json_extract(body, '$.evaluated_at') as evaluated_at, extra, gone_at, strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(body, '$.evaluated_at'), 'unixepoch') as evaluated_at_iso from records where list = 'policy_evaluations' order by place, at desc;--> statement-breakpoint
--> by hand, as drizzle-kit does not know them: WITHOUT ROWID, the expression of runs_agent_time, and full text
CREATE VIRTUAL TABLE `explanations_fts` USING fts5(`failure_type`, `title`, `what`, `evidence_summary`, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');--> statement-breakpoint
CREATE VIRTUAL TABLE `evidence_fts` USING fts5(`body`, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');--> statement-breakpoint
CREATE VIRTUAL TABLE `agents_fts` USING fts5(`agent_id`, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');
