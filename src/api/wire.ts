import * as z from 'zod';
import { rounded } from '../exact-json.ts';
import { keyMark } from './own-key.ts';

/**
 * What the Customer API sends, read leniently: what a row is known by is demanded, all else may be missing or null,
 * and fields that are not known here are kept apart as they are.
 */

/** SQLite would change a lone surrogate into another character, and a URL can't carry it: such an id names nothing. */
const key = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), 'is not well-formed Unicode')
  .refine((text) => !text.includes(keyMark), 'holds the API key');
/** Numbered from 1. Some writers of JSON send whole numbers as text, for readers that round large ones. */
const numberedKey = z.preprocess(
  (sent) => (typeof sent === 'string' && /^[1-9]\d{0,15}$/.test(sent) ? Number(sent) : sent),
  z.int().positive(),
);
/** However many digits it was sent with. */
const number = z.preprocess(rounded, z.number()).nullish();
const whole = z.int().nullish();
/** Unix seconds; 2100 and later are milliseconds, or no time at all, and would read as `just now` for ever. */
const moment = z.number().nonnegative().lt(4_102_444_800);
const time = moment.nullish();
const text = z.string().nullish();
const flag = z.boolean().nullish();

export const wireAgent = z.object({
  agent_id: key,
  last_seen: time,
  run_count: whole,
  signal_count: whole,
  critical_count: whole,
  high_count: whole,
  sparkline: z.array(z.unknown()).nullish(),
  failure_types: z.record(z.string(), z.unknown()).nullish(),
});

export const wireRun = z.object({
  run_id: key,
  agent_id: key,
  agent_version: text,
  started_at: time,
  completed_at: time,
  exit_reason: text,
  step_count: whole,
  signal_count: whole,
  has_signals: flag,
  total_tokens: whole,
  cost_usd: number,
});

const signalFields = {
  id: numberedKey,
  failure_type: key,
  severity: key,
  agent_version: text,
  step_index: whole,
  confidence: number,
  detected_at: moment,
  evidence: z.record(z.string(), z.unknown()).nullish(),
  alerted: flag,
  shadow: flag,
  co_signal_count: whole,
  title: text,
  what: text,
  why_it_matters: text,
  evidence_summary: text,
  suggested_fixes: z.array(z.unknown()).nullish(),
};

export const wireSignal = z.object({ ...signalFields, run_id: key, agent_id: key });

/** A signal inside a run's detail: the run says whose it is. */
export const wireRunSignal = z.object(signalFields);

export const wireEvent = z.object({
  event_type: key,
  step_index: whole,
  timestamp: time,
  payload: z.record(z.string(), z.unknown()).nullish(),
  parent_run_id: text,
});

/** Rows as they come, however many: how many they may be is looked at before any of them is. */
export const rawRows = z.custom<unknown[]>(Array.isArray, 'Invalid input: expected array');

export const wireRunDetail = z.object({
  ...wireRun.shape,
  events: rawRows,
  signals: rawRows.nullish(),
});

export const wirePage = z.object({
  total: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  limit: z.int().positive(),
  has_more: z.boolean(),
});

export const wireHealth = z.object({ status: z.string(), version: text, db: text });

/** What is stored as it comes need not be known in full. */
export const wireHealthScore = z.object({ components: z.record(z.string(), z.unknown()) });

export type WireAgent = z.infer<typeof wireAgent>;
export type WireRun = z.infer<typeof wireRun>;
export type WireSignal = z.infer<typeof wireSignal>;
export type WireRunSignal = z.infer<typeof wireRunSignal>;
export type WireEvent = z.infer<typeof wireEvent>;
export type WireHealth = z.infer<typeof wireHealth>;
