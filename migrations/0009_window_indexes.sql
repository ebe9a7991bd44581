--> by hand: the expression of runs_agent_time, which the generator breaks at its comma
DROP INDEX `runs_agent_time`;--> statement-breakpoint
CREATE INDEX `runs_agent_time` ON `runs` (`agent`,coalesce("started_at", "completed_at"),`total_tokens`,`cost_usd`) WHERE gone_at is null and pass is not null;--> statement-breakpoint
DROP INDEX `signals_run`;--> statement-breakpoint
CREATE INDEX `signals_run` ON `signals` (`run`,`failure_type`,`gone_at`);