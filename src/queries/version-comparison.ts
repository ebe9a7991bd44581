import { endOfDay, startOfDay } from '../days.ts';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { isGeneration3 } from './generation.ts';
import { type Median, medianOf } from './median.ts';
import { knownTokens, runTokens } from './run-tokens.ts';
import { shareOf } from './shares.ts';
import { type RateChange, rankedChanges, rateChange } from './version-changes.ts';
import type { KnownVersion } from './versions.ts';

/** Two versions, of which the first is the one before. */
export type VersionPair = readonly [KnownVersion, KnownVersion];

/** How the failure rates of two versions differ, over all of their mirrored runs. */
export interface ComparedRates {
  versions: VersionPair;
  /** Of any failure. */
  all: RateChange;
  /** By failure type. */
  types: RateChange[];
}

/** What the days of one version say of one category (`countedAs`, or a failure type). */
interface Counted {
  what: number;
  version: number;
  runs: number;
  lastDay: number;
  withEvents: number;
  prompt: number;
  prompts: number;
  toldPrompt: number;
  told: number;
  latency: number;
  latencies: number;
}

const counted = preparedSql<Counted>(`
  select what, version, sum(runs) as runs, max(day) as lastDay, sum(with_events) as withEvents, sum(prompt) as prompt,
    sum(prompts) as prompts, sum(told_prompt) as toldPrompt, sum(told) as told, sum(latency_us) as latency, sum(latencies) as latencies
  from run_days where agent = @agent and version in (@one, @other) group by what, version`);

function countsOf(reader: Reader, agent: number, [one, other]: VersionPair) {
  const rows = counted(reader).all({ agent, one: one.id, other: other.id });
  const of = (what: number, { id }: KnownVersion) => rows.find((row) => row.what === what && row.version === id);
  const share = (what: number, version: KnownVersion) =>
    shareOf(of(what, version)?.runs ?? 0, of(countedAs.all, version)?.runs ?? 0);
  const types = [...new Set(rows.map(({ what }) => what))].filter((what) => what > 0);
  return { of, share, types };
}

function ratesOf(reader: Reader, versions: VersionPair, { share, types }: ReturnType<typeof countsOf>): ComparedRates {
  const [one, other] = versions;
  const change = (what: number) =>
    rateChange(what > 0 ? nameOf(reader, what) : null, share(what, one), share(what, other));
  return { versions, all: change(countedAs.failed), types: rankedChanges(types.map(change)) };
}

/** How the failure rates of two versions differ. */
export const comparedRates = (reader: Reader, agentId: string, versions: VersionPair): ComparedRates =>
  ratesOf(reader, versions, countsOf(reader, numberOfAgent(reader, agentId), versions));

/** What a version's runs take, and its newest runs. */
export interface VersionFacts extends KnownVersion {
  runs: number;
  /** When its last run took place, in Unix seconds; null: no run is known any more. */
  lastRun: number | null;
  newestRun: string | null;
  newestFailed: string | null;
  /** Of the newest thousand. */
  newestClean: string | null;
  /** Each run's tokens, steps and seconds, of so many of its newest runs. */
  sampleRuns: number;
  tokens: Median | undefined;
  steps: Median | undefined;
  seconds: Median | undefined;
  /** Runs whose events are mirrored, and the means over all of their model calls; null: no call tells. */
  runsWithEvents: number;
  promptTokens: number | null;
  latencyMs: number | null;
}

/** The newest run of each version with a failure type; null: there is none. */
export interface Examples {
  failureType: string;
  runs: readonly [string | null, string | null];
}

export interface VersionComparison extends ComparedRates {
  facts: readonly [VersionFacts, VersionFacts];
  examples: Examples[];
}

const inDay = `r.agent = @agent and r.version = @version and ${runTime} >= @from and ${runTime} < @until and ${isListedRun}`;

const newestIn = (condition: string) =>
  preparedSql<{ runId: string; at: number }>(`
    select r.run_id as runId, ${runTime} as at from runs r where ${inDay} ${condition} order by at desc, r.run_id limit 1`);

const hasSignal = 'exists (select 1 from signals s where s.run = r.id and s.gone_at is null';
const newestOfAll = newestIn('');
const newestFailed = newestIn(`and ${hasSignal})`);
const newestOfType = newestIn(`and ${hasSignal} and s.failure_type = @type)`);

/** The newest run that counts as `type`. The days tell on which it took place, so that one day is searched. */
function newestRun(reader: Reader, agent: number, found: Counted | undefined) {
  if (!found) return undefined;
  const { what, version, lastDay } = found;
  const query = what === countedAs.all ? newestOfAll : what === countedAs.failed ? newestFailed : newestOfType;
  return query(reader).get({ agent, version, type: what, from: startOfDay(lastDay), until: endOfDay(lastDay) });
}

/** More runs would say no more of a middle value, and take longer. */
const maxSample = 1000;

interface SampleRow {
  steps: number | null;
  seconds: number | null;
  totalTokens: number | null;
  calls: number | null;
  counted: number;
  called: number;
  responded: number;
  completion: number;
  reasoning: number;
}

const sampled = preparedSql<SampleRow>(`
  with newest as materialized (
    select r.id from runs r where r.agent = @agent and r.version = @version and ${runTime} >= @from and ${runTime} < @until
      and ${isListedRun} order by ${runTime} desc limit ${maxSample})
  select r.step_count as steps, r.completed_at - r.started_at as seconds, r.total_tokens as totalTokens,
    sum(m.calls) as calls, total(m.counted) as counted, total(m.called) as called, total(m.responded) as responded,
    total(m.completion) as completion, total(m.reasoning) as reasoning
  from newest n cross join runs r on r.id = n.id left join run_sums m on m.run = r.id group by r.id`);

/** All runs of a version lie there. */
const spanOf = (agent: number, { id, firstRun }: KnownVersion, all: Counted | undefined) => ({
  agent,
  version: id,
  from: firstRun,
  until: endOfDay(all?.lastDay ?? 0),
});

function sampleOf(reader: Reader, span: ReturnType<typeof spanOf>) {
  const rows = sampled(reader).all(span);
  const tokens = rows.flatMap(({ totalTokens, calls, ...sums }) => {
    const events = calls === null ? undefined : { calls, ...sums };
    return knownTokens(runTokens({ totalTokens, events })).total ?? [];
  });
  return {
    sampleRuns: rows.length,
    tokens: medianOf(tokens),
    steps: medianOf(rows.flatMap(({ steps }) => steps ?? [])),
    seconds: medianOf(rows.flatMap(({ seconds }) => (seconds === null ? [] : Math.max(0, seconds)))),
  };
}

const newestClean = preparedSql<{ runId: string }>(`
  select n.run_id as runId from (
    select r.id, r.run_id, ${runTime} as at from runs r where ${inDay} order by ${runTime} desc limit ${maxSample}) n
  where not exists (select 1 from signals s where s.run = n.id and s.gone_at is null) order by n.at desc, n.run_id limit 1`);

const mean = (sum: number, count: number) => (count === 0 ? null : sum / count);
/** Latencies are stored in microseconds. */
const usPerMs = 1000;

function factsOf(
  reader: Reader,
  agent: number,
  version: KnownVersion,
  { of }: ReturnType<typeof countsOf>,
): VersionFacts {
  const all = of(countedAs.all, version);
  const newest = newestRun(reader, agent, all);
  const latency = mean(all?.latency ?? 0, all?.latencies ?? 0);
  const byCall = mean(all?.prompt ?? 0, all?.prompts ?? 0);
  return {
    ...version,
    runs: all?.runs ?? 0,
    lastRun: newest?.at ?? null,
    newestRun: newest?.runId ?? null,
    newestFailed: newestRun(reader, agent, of(countedAs.failed, version))?.runId ?? null,
    newestClean: newestClean(reader).get(spanOf(agent, version, all))?.runId ?? null,
    ...sampleOf(reader, spanOf(agent, version, all)),
    runsWithEvents: all?.withEvents ?? 0,
    promptTokens: isGeneration3(reader) ? mean(all?.toldPrompt ?? 0, all?.told ?? 0) : byCall,
    latencyMs: latency === null ? null : latency / usPerMs,
  };
}

/** More failure types than these have no examples. */
const maxExamples = 20;

/** Two versions of an agent side by side, over all of their mirrored runs. */
export function compareVersions(reader: Reader, agentId: string, versions: VersionPair): VersionComparison {
  const agent = numberOfAgent(reader, agentId);
  const counts = countsOf(reader, agent, versions);
  const rates = ratesOf(reader, versions, counts);
  const [one, other] = versions;
  const numbers = new Map(counts.types.map((type) => [nameOf(reader, type), type]));
  const examples = rates.types.slice(0, maxExamples).map(({ failureType }) => {
    const type = numbers.get(failureType ?? '') ?? 0;
    const newest = (version: KnownVersion) => newestRun(reader, agent, counts.of(type, version))?.runId ?? null;
    return { failureType: failureType ?? '', runs: [newest(one), newest(other)] as const };
  });
  const facts = [factsOf(reader, agent, one, counts), factsOf(reader, agent, other, counts)] as const;
  return { ...rates, facts, examples };
}
