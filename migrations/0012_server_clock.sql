ALTER TABLE `api_state` ADD `clock_skew` real;--> statement-breakpoint
ALTER TABLE `api_state` ADD `clock_unknown` text;