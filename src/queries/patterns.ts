import { and, eq, gte, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { names, runEvents, runs, signals } from '../mirror/schema.ts';
import { runsSince, runTime } from './run-window.ts';

/** How often a failure type struck in the last seven days. Rates are 0 to 1; times Unix seconds. */
export interface TypePattern {
  failureType: string;
  affectedRuns: number;
  totalRuns: number;
  rate: number;
  isSystemic: boolean;
  /** Of all signals of the type that are mirrored. */
  firstSeen: number;
  lastSeen: number;
}

export interface DailyCounts {
  failureType: string;
  /** One for each of `days`. */
  counts: number[];
}

/** The day on which a type struck the largest share of the runs. */
export interface WorstDay {
  failureType: string;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  affectedRuns: number;
  totalRuns: number;
  rate: number;
}

/** An input that reliably triggers a failure. */
export interface InputPattern {
  inputHash: string;
  failureType: string;
  affectedRuns: number;
  totalRuns: number;
  rate: number;
}

export interface Patterns {
  types: TypePattern[];
  /** The last seven days, oldest first, `YYYY-MM-DD`, UTC. */
  days: string[];
  daily: DailyCounts[];
  worstDays: WorstDay[];
  inputs: InputPattern[];
  /** Runs of the last 30 days whose events, which hold the inputs, are mirrored; and how many runs there are. */
  runsWithEvents: number;
  runs: number;
}

const daySeconds = 86_400;
/** Source: CONTRACT.md, 'How the server computes its analytics'. */
const systemicDays = 7;
const worstDayDays = 30;
const systemicRate = 0.1;
const minInputRuns = 2;
const minInputRate = 0.5;
const maxInputs = 20;

const dayOf = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString().slice(0, 10);

const typeName = sql<string>`${names.name}`;
const affected = sql<number>`count(distinct ${signals.run})`;

function totalRuns({ db }: Reader, agentId: string, since: number): number {
  const counted = db.select({ total: sql<number>`count(*)` }).from(runs).where(runsSince(agentId, since)).get();
  return counted?.total ?? 0;
}

/** Signals of the runs that an agent made since a moment. */
const ofRunsSince = (agentId: string, since: number) =>
  and(runsSince(agentId, since), eq(signals.run, runs.id), isNull(signals.goneAt));

function typePatterns(reader: Reader, agentId: string, now: number): TypePattern[] {
  const since = now - systemicDays * daySeconds;
  const total = totalRuns(reader, agentId, since);
  const rows = reader.db
    .select({
      failureType: typeName,
      affectedRuns: affected,
      firstSeen: sql<number>`(select min(s.detected_at) from signals s where s.agent = ${signals.agent} and s.failure_type = ${signals.failureType} and s.gone_at is null)`,
      lastSeen: sql<number>`max(${signals.detectedAt})`,
    })
    .from(runs)
    .innerJoin(signals, eq(signals.run, runs.id))
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(ofRunsSince(agentId, since))
    .groupBy(signals.failureType)
    .all();
  return rows
    .map((row) => {
      const rate = row.affectedRuns / total;
      return { ...row, totalRuns: total, rate, isSystemic: rate >= systemicRate };
    })
    .sort((a, b) => b.rate - a.rate || a.failureType.localeCompare(b.failureType));
}

function dailyCounts({ db }: Reader, agentId: string, days: readonly string[]): DailyCounts[] {
  const day = sql<string>`date(${signals.detectedAt}, 'unixepoch')`;
  const rows = db
    .select({ failureType: typeName, day, count: sql<number>`count(*)` })
    .from(signals)
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(
      and(
        eq(signals.agent, sql`(select id from agents where agent_id = ${agentId})`),
        isNull(signals.goneAt),
        gte(signals.detectedAt, Date.parse(days[0] ?? '') / 1000),
      ),
    )
    .groupBy(signals.failureType, day)
    .all();
  const found = new Map<string, number[]>();
  for (const row of rows) {
    const counts = found.get(row.failureType) ?? days.map(() => 0);
    const at = days.indexOf(row.day);
    if (at >= 0) counts[at] = row.count;
    found.set(row.failureType, counts);
  }
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return [...found]
    .map(([failureType, counts]) => ({ failureType, counts }))
    .sort((a, b) => sum(b.counts) - sum(a.counts) || a.failureType.localeCompare(b.failureType));
}

function worstDays({ db }: Reader, agentId: string, now: number): WorstDay[] {
  const since = now - worstDayDays * daySeconds;
  const day = sql<string>`date(${runTime}, 'unixepoch')`;
  const totals = new Map(
    db
      .select({ day, total: sql<number>`count(*)` })
      .from(runs)
      .where(runsSince(agentId, since))
      .groupBy(day)
      .all()
      .map((row) => [row.day, row.total]),
  );
  const rows = db
    .select({ failureType: typeName, day, affectedRuns: affected })
    .from(runs)
    .innerJoin(signals, eq(signals.run, runs.id))
    .innerJoin(names, eq(names.id, signals.failureType))
    // A time past the year 9999 (some SDKs send milliseconds) is on no day.
    .where(and(ofRunsSince(agentId, since), isNotNull(day)))
    .groupBy(signals.failureType, day)
    .all();
  const worst = new Map<string, WorstDay>();
  for (const row of rows) {
    const total = totals.get(row.day) ?? row.affectedRuns;
    const candidate = { ...row, totalRuns: total, rate: row.affectedRuns / total };
    const known = worst.get(row.failureType);
    if (!known || isWorse(candidate, known)) worst.set(row.failureType, candidate);
  }
  return [...worst.values()].sort((a, b) => b.rate - a.rate || b.totalRuns - a.totalRuns);
}

/** Of equal rates that of more runs says more, then the later one. */
function isWorse(a: WorstDay, b: WorstDay): boolean {
  if (a.rate !== b.rate) return a.rate > b.rate;
  if (a.totalRuns !== b.totalRuns) return a.totalRuns > b.totalRuns;
  return a.day > b.day;
}

function inputPatterns({ db }: Reader, agentId: string, now: number): InputPattern[] {
  const since = now - worstDayDays * daySeconds;
  const inputs = db
    .select({ run: runEvents.run, inputHash: runEvents.inputHash })
    .from(runEvents)
    .innerJoin(runs, eq(runs.id, runEvents.run))
    .where(and(runsSince(agentId, since), isNotNull(runEvents.inputHash)))
    .groupBy(runEvents.run, runEvents.inputHash)
    .as('inputs');
  const totals = db
    .select({ hash: inputs.inputHash, total: sql<number>`count(*)`.as('total') })
    .from(inputs)
    .groupBy(inputs.inputHash)
    .having(sql`count(*) >= ${minInputRuns}`)
    .as('totals');
  const rows = db
    .select({ inputHash: inputs.inputHash, failureType: typeName, affectedRuns: affected, totalRuns: totals.total })
    .from(inputs)
    .innerJoin(totals, eq(totals.hash, inputs.inputHash))
    .innerJoin(signals, and(eq(signals.run, inputs.run), isNull(signals.goneAt)))
    .innerJoin(names, eq(names.id, signals.failureType))
    .groupBy(inputs.inputHash, signals.failureType)
    .all();
  return rows
    .map((row) => ({ ...row, inputHash: row.inputHash ?? '', rate: row.affectedRuns / row.totalRuns }))
    .filter(({ rate }) => rate >= minInputRate)
    .sort((a, b) => b.affectedRuns - a.affectedRuns || b.rate - a.rate || a.inputHash.localeCompare(b.inputHash))
    .slice(0, maxInputs);
}

function runsWithEvents({ db }: Reader, agentId: string, since: number): number {
  const counted = db
    .select({ total: sql<number>`count(*)` })
    .from(runs)
    .where(and(runsSince(agentId, since), isNotNull(runs.detailAt)))
    .get();
  return counted?.total ?? 0;
}

/**
 * What an agent's failures have in common, as of `now` (Unix seconds). A type is systemic when it struck at least 10 % of the
 * agent's runs of the last seven days; an input counts when at least half of its runs failed so, and there were two.
 * Source: CONTRACT.md, 'How the server computes its analytics'. A run counts on the day on which it started.
 */
export function agentPatterns(reader: Reader, agentId: string, now: number): Patterns {
  const days = Array.from({ length: systemicDays }, (_, index) => dayOf(now - (systemicDays - 1 - index) * daySeconds));
  const since = now - worstDayDays * daySeconds;
  return {
    types: typePatterns(reader, agentId, now),
    days,
    daily: dailyCounts(reader, agentId, days),
    worstDays: worstDays(reader, agentId, now),
    inputs: inputPatterns(reader, agentId, now),
    runsWithEvents: runsWithEvents(reader, agentId, since),
    runs: totalRuns(reader, agentId, since),
  };
}
