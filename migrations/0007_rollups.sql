--> by hand: WITHOUT ROWID, which drizzle-kit does not know
CREATE TABLE `run_counts` (
	`agent` integer NOT NULL,
	`span` integer NOT NULL,
	`what` integer NOT NULL,
	`slot` integer NOT NULL,
	`version` integer NOT NULL,
	`runs` integer NOT NULL,
	PRIMARY KEY(`agent`, `span`, `what`, `slot`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `signal_counts` (
	`agent` integer NOT NULL,
	`span` integer NOT NULL,
	`slot` integer NOT NULL,
	`failure_type` integer NOT NULL,
	`severity` integer NOT NULL,
	`version` integer NOT NULL,
	`signals` integer NOT NULL,
	`gone` integer NOT NULL,
	`first_at` real,
	`last_at` real,
	`newest` integer,
	PRIMARY KEY(`agent`, `span`, `slot`, `failure_type`, `severity`, `version`)
) WITHOUT ROWID;
