import { eq, sql } from 'drizzle-orm';
import { changeOfShare, type Interval } from '../intervals.ts';
import type { Reader } from '../mirror/open.ts';
import { names, runs, signals } from '../mirror/schema.ts';
import { affectedRuns, listedRuns, runsIn, runTime, type Share, type Span, shareOf, signalsOfRunsIn } from './spans.ts';

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

/** Runs between two moments, of one version. */
interface Count {
  bucket: number;
  version: number | null;
  count: number;
}

const distance = ({ before, after }: RateChange) => Math.abs(after.rate - before.rate);

const byName = (a: RateChange, b: RateChange) => (a.failureType ?? '').localeCompare(b.failureType ?? '');

/** The versions whose first mirrored run lies in the span, the newest first. */
function newVersions({ db }: Reader, agentId: string, { from, end }: Span) {
  const first = sql<number>`min(${runTime})`;
  return db
    .select({ id: names.id, version: names.name, firstRun: first })
    .from(runs)
    .innerJoin(names, eq(names.id, runs.version))
    .where(listedRuns(agentId))
    .groupBy(runs.version)
    .having(sql`${first} between ${from} and ${end}`)
    .orderBy(sql`${first} desc`, names.name)
    .all();
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
  const { db } = reader;
  const found = newVersions(reader, agentId, span);
  const versions = found.slice(0, limit);
  if (versions.length === 0) return { versions: [], total: 0 };
  const length = span.end - span.from;
  // Each run lies in one bucket between two of these moments, so that distinct runs add up over buckets.
  const cuts = versions.flatMap(({ firstRun }) => [firstRun - length, firstRun]).sort((a, b) => a - b);
  const isPast = cuts.map((cut) => sql`(${runTime} >= ${cut})`);
  const bucket = sql<number>`${sql.join(isPast, sql` + `)}`;
  const whole = { from: Math.min(...cuts), end: span.end };
  const totals = db
    .select({ bucket, version: runs.version, count: sql<number>`count(*)` })
    .from(runs)
    .where(runsIn(agentId, whole))
    .groupBy(sql`1`, runs.version)
    .all();
  const ofSignals = signalsOfRunsIn(agentId, whole);
  const failed = db
    .select({ bucket, version: runs.version, count: affectedRuns })
    .from(runs)
    .innerJoin(signals, eq(signals.run, runs.id))
    .where(ofSignals)
    .groupBy(sql`1`, runs.version)
    .all();
  const byType = db
    .select({ bucket, version: runs.version, failureType: names.name, count: affectedRuns })
    .from(runs)
    .innerJoin(signals, eq(signals.run, runs.id))
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(ofSignals)
    .groupBy(sql`1`, runs.version, signals.failureType)
    .all();
  const types = new Map<string, Count[]>();
  for (const { failureType, ...row } of byType) {
    const rows = types.get(failureType);
    if (rows) rows.push(row);
    else types.set(failureType, [row]);
  }
  const sum = (rows: readonly { count: number }[]) => rows.reduce((total, { count }) => total + count, 0);

  return {
    total: found.length,
    versions: versions.map(({ id, version, firstRun }) => {
      const isBefore = ({ bucket }: Count) => {
        const start = cuts[bucket - 1];
        return start !== undefined && start >= firstRun - length && start < firstRun;
      };
      const isAfter = (row: Count) => row.version === id;
      const [totalBefore, totalAfter] = [sum(totals.filter(isBefore)), sum(totals.filter(isAfter))];
      const change = (failureType: string | null, rows: readonly Count[]) =>
        rateChange(
          failureType,
          shareOf(sum(rows.filter(isBefore)), totalBefore),
          shareOf(sum(rows.filter(isAfter)), totalAfter),
        );
      const changes = [...types]
        .map(([type, rows]) => change(type, rows))
        .filter(({ before, after }) => before.affectedRuns + after.affectedRuns > 0)
        .sort(
          (a, b) =>
            Number(b.verdict !== undefined) - Number(a.verdict !== undefined) ||
            distance(b) - distance(a) ||
            byName(a, b),
        );
      const all = change(null, failed);
      return { version, firstRun, all, types: all.interval ? changes : [] };
    }),
  };
}
