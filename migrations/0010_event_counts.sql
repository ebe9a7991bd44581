--> by hand: WITHOUT ROWID, which drizzle-kit does not know
CREATE TABLE `input_counts` (
	`input` integer NOT NULL,
	`span` integer NOT NULL,
	`slot` integer NOT NULL,
	`what` integer NOT NULL,
	`runs` integer NOT NULL,
	PRIMARY KEY(`input`, `span`, `slot`, `what`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `inputs` (
	`id` integer PRIMARY KEY NOT NULL,
	`agent` integer NOT NULL,
	`hash` text NOT NULL,
	`runs` integer NOT NULL,
	`failed` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `inputs_repeated` ON `inputs` (`agent`,`failed`) WHERE runs > 1 and failed > 0;--> statement-breakpoint
CREATE UNIQUE INDEX `inputs_hash` ON `inputs` (`agent`,`hash`);--> statement-breakpoint
CREATE TABLE `load_counts` (
	`agent` integer NOT NULL,
	`span` integer NOT NULL,
	`slot` integer NOT NULL,
	`runs` integer NOT NULL,
	`prompt` integer NOT NULL,
	`prompts` integer NOT NULL,
	`latency_us` integer NOT NULL,
	`latencies` integer NOT NULL,
	`stamp` integer DEFAULT (random() >> 11) NOT NULL,
	PRIMARY KEY(`agent`, `span`, `slot`)
) WITHOUT ROWID;
