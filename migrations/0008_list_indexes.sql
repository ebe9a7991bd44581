DROP INDEX `signals_agent_detected`;--> statement-breakpoint
DROP INDEX `signals_detected`;--> statement-breakpoint
CREATE INDEX `signals_newest` ON `signals` (detected_at desc,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_severity_newest` ON `signals` (`severity`,detected_at desc,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_type_newest` ON `signals` (`failure_type`,detected_at desc,`severity`,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_agent_newest` ON `signals` (`agent`,detected_at desc,`severity`,`version`,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_agent_type_newest` ON `signals` (`agent`,`failure_type`,detected_at desc,`severity`,`version`,`gone_at`);--> statement-breakpoint
CREATE INDEX `signals_evidence` ON `signals` (`evidence`);--> statement-breakpoint
CREATE INDEX `signals_title` ON `signals` (`title`);--> statement-breakpoint
CREATE INDEX `signals_what` ON `signals` (`what`);--> statement-breakpoint
CREATE INDEX `signals_summary` ON `signals` (`evidence_summary`);