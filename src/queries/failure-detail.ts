import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import { daySeconds } from '../days.ts';
import type { Reader } from '../mirror/open.ts';
import { names, runs, signals } from '../mirror/schema.ts';
import { type EvidenceSummary, summarizeEvidence } from './evidence-summary.ts';
import { signalTrends } from './signal-trends.ts';
import {
  affectedRuns,
  countRunsIn,
  dayName,
  lastDays,
  runTime,
  type Share,
  shareOf,
  signalsOfRunsIn,
} from './spans.ts';

/** The steps at which signals struck; each is the step of one of them. */
export interface Steps {
  p25: number;
  p50: number;
  p75: number;
}

export interface AffectedRun {
  runId: string;
  /** Unix seconds. */
  at: number;
  /** Newest first. */
  signalIds: number[];
}

/** One failure type of an agent in depth. Times are Unix seconds. */
export interface FailureDetail extends Share {
  failureType: string;
  days: number;
  /** Signals of the affected runs. */
  signals: number;
  /** Of these signals; null when there are none. */
  firstSeen: number | null;
  lastSeen: number | null;
  severities: { severity: string; count: number }[];
  /** null when no signal names its step. */
  steps: Steps | null;
  evidence: EvidenceSummary;
  /** Signals on each of the last days, oldest first, by the moment of their detection; as search_signals counts them. */
  trend: { day: string; count: number }[];
  /** Other types in the affected runs, the most frequent first. */
  together: { failureType: string; runs: number }[];
  newestRuns: AffectedRun[];
}

export const detailDays = 30;
const trendDays = 14;
const maxTogether = 10;
const maxRuns = 5;
const maxRunSignals = 10;

/**
 * The quartiles of steps, from how many signals there are at each (by ascending step): the smallest step that at least
 * that share of the signals does not exceed. Source: the empirical distribution's inverse (definition 1 of R. J. Hyndman,
 * Y. Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996) 361-365).
 */
export function quartiles(counts: readonly { step: number; count: number }[]): Steps | null {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const at = (share: number) => {
    let below = 0;
    return counts.find(({ count }) => {
      below += count;
      return below >= share * total;
    })?.step;
  };
  const [p25, p50, p75] = [at(0.25), at(0.5), at(0.75)];
  return p25 === undefined || p50 === undefined || p75 === undefined ? null : { p25, p50, p75 };
}

/**
 * What the mirror tells of one failure type of an agent over the 30 days up to `end` (Unix seconds): of the agent's runs of
 * these days and of their signals of the type; `failureType` is spelled as the API does.
 */
export function failureDetail(reader: Reader, agentId: string, failureType: string, end: number): FailureDetail {
  const { db } = reader;
  const span = { from: end - detailDays * daySeconds, end };
  const type = sql`(select id from names where name = ${failureType})`;
  const ofType = and(signalsOfRunsIn(agentId, span), eq(signals.failureType, type));
  const joined = eq(signals.run, runs.id);
  const count = sql<number>`count(*)`;

  const whole = db
    .select({
      signals: count,
      affected: affectedRuns,
      first: sql<number | null>`min(${signals.detectedAt})`,
      last: sql<number | null>`max(${signals.detectedAt})`,
    })
    .from(runs)
    .innerJoin(signals, joined)
    .where(ofType)
    .get();
  const severities = db
    .select({ severity: names.name, count })
    .from(runs)
    .innerJoin(signals, joined)
    .innerJoin(names, eq(names.id, signals.severity))
    .where(ofType)
    .groupBy(signals.severity)
    .orderBy(desc(count), names.name)
    .all();
  const steps = db
    .select({ step: signals.stepIndex, count })
    .from(runs)
    .innerJoin(signals, joined)
    .where(ofType)
    .groupBy(signals.stepIndex)
    .orderBy(signals.stepIndex)
    .all()
    .flatMap(({ step, count }) => (step === null ? [] : [{ step, count }]));
  const other = alias(signals, 'other');
  const shared = sql<number>`count(distinct ${other.run})`;
  const affected = db.select({ run: signals.run }).from(runs).innerJoin(signals, joined).where(ofType);
  const together = db
    .select({ failureType: names.name, runs: shared })
    .from(other)
    .innerJoin(names, eq(names.id, other.failureType))
    .where(and(inArray(other.run, affected), ne(other.failureType, type), sql`${other.goneAt} is null`))
    .groupBy(other.failureType)
    .orderBy(desc(shared), names.name)
    .limit(maxTogether)
    .all();
  const calendar = lastDays(end, trendDays);
  const trend = signalTrends(reader, agentId, calendar).find((daily) => daily.failureType === failureType);

  return {
    failureType,
    days: detailDays,
    ...shareOf(whole?.affected ?? 0, countRunsIn(reader, agentId, span)),
    signals: whole?.signals ?? 0,
    firstSeen: whole?.first ?? null,
    lastSeen: whole?.last ?? null,
    severities,
    steps: quartiles(steps),
    evidence: summarizeEvidence(reader, ofType),
    trend: calendar.map((day, index) => ({ day: dayName(day), count: trend?.counts[index] ?? 0 })),
    together,
    newestRuns: newestRuns(reader, ofType),
  };
}

function newestRuns({ db }: Reader, ofType: ReturnType<typeof and>): AffectedRun[] {
  const newest = db
    .select({ id: runs.id, runId: runs.runId, at: sql<number>`${runTime}` })
    .from(runs)
    .innerJoin(signals, eq(signals.run, runs.id))
    .where(ofType)
    .groupBy(runs.id)
    .orderBy(desc(runTime), runs.runId)
    .limit(maxRuns)
    .all();
  return newest.map(({ id, runId, at }) => ({
    runId,
    at,
    signalIds: db
      .select({ key: signals.key })
      .from(runs)
      .innerJoin(signals, eq(signals.run, runs.id))
      .where(and(ofType, eq(runs.id, id)))
      .orderBy(desc(signals.detectedAt), signals.key)
      .limit(maxRunSignals)
      .all()
      .map(({ key }) => -key),
  }));
}
