CREATE TABLE `run_sums` (
	`run` integer NOT NULL,
	`model` integer NOT NULL,
	`calls` integer NOT NULL,
	`counted` integer NOT NULL,
	`prompt` integer NOT NULL,
	`prompts` integer NOT NULL,
	`completion` integer NOT NULL,
	`latency_us` integer NOT NULL,
	`latencies` integer NOT NULL,
	PRIMARY KEY(`run`, `model`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `run_events_input` ON `run_events` (`run`,`input_hash`) WHERE input_hash is not null;--> statement-breakpoint
CREATE INDEX `runs_agent_time` ON `runs` (`agent`,coalesce(`started_at`, `completed_at`));--> statement-breakpoint
--> by hand: WITHOUT ROWID above, the expression of runs_agent_time (the generator breaks it at its comma), and what follows.
INSERT INTO `run_sums`
WITH `events` AS (
	SELECT `run`, `model`, `prompt_tokens`, `completion_tokens`,
		cast(round(max(min(`latency_ms` * 1000, 9007199254740991), -9007199254740991)) AS integer) AS `latency`,
		`event_type` = `called`.`id` AS `is_call`,
		sum(`event_type` = `called`.`id`) OVER (PARTITION BY `run` ORDER BY `seq`) AS `call`
	FROM `run_events`, (SELECT coalesce((SELECT `id` FROM `names` WHERE `name` = 'llm.called'), 0) AS `id`) AS `called`
	WHERE `event_type` IN (SELECT `id` FROM `names` WHERE `name` IN ('llm.called', 'llm.responded'))
), `calls` AS (
	SELECT `run`,
		coalesce(max(iif(`is_call`, `model`, NULL)), max(`model`), 0) AS `model`,
		coalesce(max(iif(`is_call`, `prompt_tokens`, NULL)), total(`prompt_tokens`)) AS `prompt`,
		iif(max(iif(`is_call`, `prompt_tokens`, NULL)) IS NULL, count(`prompt_tokens`), 1) AS `prompts`,
		iif(count(iif(`is_call`, NULL, `completion_tokens`)), total(iif(`is_call`, NULL, `completion_tokens`)), max(`completion_tokens`)) AS `completion`,
		iif(count(iif(`is_call`, NULL, `latency`)), total(iif(`is_call`, NULL, `latency`)), max(`latency`)) AS `latency`,
		max(count(iif(`is_call`, NULL, `latency`)), max(iif(`is_call`, `latency` IS NOT NULL, 0))) AS `latencies`
	FROM `events` GROUP BY `run`, `call`
)
SELECT `run`, `model`, count(*), sum(`prompts` > 0 OR `completion` IS NOT NULL), total(`prompt`), sum(`prompts`),
	total(`completion`), total(`latency`), sum(`latencies`)
FROM `calls` GROUP BY `run`, `model`;--> statement-breakpoint
INSERT OR IGNORE INTO `run_sums` SELECT DISTINCT `run`, 0, 0, 0, 0, 0, 0, 0, 0 FROM `run_events`
WHERE NOT EXISTS (SELECT 1 FROM `run_sums` WHERE `run_sums`.`run` = `run_events`.`run`);
