import { and, eq, gt, gte, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import { numberOfAgent } from '../db/agent-number.ts';
import { nameOf } from '../db/names.ts';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { runs } from '../db/schema.ts';
import { changeOfShare, type Interval } from '../intervals.ts';
import { countedAs, countedOver, runCounts } from '../mirror/counts.ts';
import { countRunsOf, runsAs } from './run-counts.ts';
import { dayNumber, runTime, type Share, type Span, shareOf } from './spans.ts';

/** How a failure rate differs before a version's first run, and in its own runs. */
export interface RateChange {
  /** null: any failure. */
  failureType: string | null;
  before: Share;
  after: Share;
  /** The 95 % interval of after - before; undefined with fewer than five runs on a side. */
  interval?: Interval | undefined;
  verdict: 'regression' | 'improvement' | undefined;
}

/** What came with a version of an agent. */
export interface VersionChange {
  version: string;
  /** Unix seconds. */
  firstRun: number;
  /** Of any failure. */
  all: RateChange;
  /** By failure type, if there are enough runs to compare: those that moved beyond chance first, then by how far they moved. */
  types: RateChange[];
}

const verdicts = { up: 'regression', down: 'improvement' } as const;

/** Judges two shares. */
export function rateChange(failureType: string | null, before: Share, after: Share): RateChange {
  const proportion = ({ affectedRuns: hits, totalRuns: total }: Share) => ({ hits, total });
  const { interval, direction } = changeOfShare(proportion(before), proportion(after));
  const verdict = direction && verdicts[direction];
  return { failureType, before, after, ...(interval ? { interval } : {}), verdict };
}

const distance = ({ before, after }: RateChange) => Math.abs(after.rate - before.rate);

const byName = (a: RateChange, b: RateChange) => (a.failureType ?? '').localeCompare(b.failureType ?? '');

/** Versions whose first run may lie in the span, by the days that have runs of them; and the first hour of each. */
const candidates = prepared((db) => {
  const ofVersion = sql`h.agent = ${sql.placeholder('agent')} and h.span = ${countedOver.hour} and h.what = ${countedAs.all}
    and h.version = ${runCounts.version} and h.slot >= min(${runCounts.slot}) * 24 and h.slot < (min(${runCounts.slot}) + 1) * 24`;
  return db
    .select({
      version: runCounts.version,
      hour: sql<number>`(select min(h.slot) from run_counts h where ${ofVersion})`,
    })
    .from(runCounts)
    .where(
      and(
        eq(runCounts.agent, sql.placeholder('agent')),
        eq(runCounts.span, countedOver.day),
        eq(runCounts.what, countedAs.all),
        gt(runCounts.version, 0),
      ),
    )
    .groupBy(runCounts.version)
    .having(sql`min(${runCounts.slot}) >= ${sql.placeholder('day')}`)
    .prepare();
});

const firstRunIn = prepared((db) =>
  db
    .select({ at: sql<number | null>`min(${runTime})` })
    .from(runs)
    .where(
      and(
        eq(runs.agent, sql.placeholder('agent')),
        eq(runs.version, sql.placeholder('version')),
        gte(runTime, sql.placeholder('from')),
        lt(runTime, sql.placeholder('until')),
        isNull(runs.goneAt),
        isNotNull(runs.pass),
      ),
    )
    .prepare(),
);

/** The versions whose first mirrored run lies in the span, the newest first. */
function newVersions(reader: Reader, agent: number, { from, end }: Span) {
  return candidates(reader)
    .all({ agent, day: dayNumber(from) })
    .flatMap(({ version, hour }) => {
      const first = firstRunIn(reader).get({ agent, version, from: hour * 3600, until: (hour + 1) * 3600 })?.at;
      if (first == null || first < from || first > end) return [];
      return [{ id: version, version: nameOf(reader, version), firstRun: first }];
    })
    .sort((a, b) => b.firstRun - a.firstRun || (a.version < b.version ? -1 : 1));
}

/**
 * The failure rates before the first run of each version that is new in a span, and of its own runs since then, for up to
 * `limit` of the newest. Before are the runs of all versions over as long a time as the span is. What other versions did
 * since then is left out: it would hide a regression that the next version mends, or that an old version runs beside.
 */
export function versionChanges(
  reader: Reader,
  agentId: string,
  span: Span,
  limit: number,
): { versions: VersionChange[]; total: number } {
  const agent = numberOfAgent(reader, agentId);
  const found = newVersions(reader, agent, span);
  const versions = found.slice(0, limit);
  const since = versions.at(-1)?.firstRun;
  if (since === undefined) return { versions: [], total: 0 };
  // All runs of a version that is new in the span lie after its first one.
  const ofVersions = countRunsOf(reader, agent, { from: since, end: span.end }, 'by version');
  const length = span.end - span.from;
  return {
    total: found.length,
    versions: versions.map(({ id, version, firstRun }) => {
      const past = { from: firstRun - length, end: firstRun, isEndOut: true };
      const befores = countRunsOf(reader, agent, past, 'whole');
      const change = (what: number) =>
        rateChange(
          what > 0 ? nameOf(reader, what) : null,
          shareOf(runsAs(befores, what), runsAs(befores, countedAs.all)),
          shareOf(runsAs(ofVersions, what, id), runsAs(ofVersions, countedAs.all, id)),
        );
      const changes = [...new Set([...befores.keys(), ...ofVersions.keys()])]
        .filter((what) => what > 0)
        .map(change)
        .filter(({ before, after }) => before.affectedRuns + after.affectedRuns > 0)
        .sort(
          (a, b) =>
            Number(b.verdict !== undefined) - Number(a.verdict !== undefined) ||
            distance(b) - distance(a) ||
            byName(a, b),
        );
      const all = change(countedAs.failed);
      return { version, firstRun, all, types: all.interval ? changes : [] };
    }),
  };
}
