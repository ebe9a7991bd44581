import { createHash } from 'node:crypto';
import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { agents, runEvents, runs, signals } from '../db/schema.ts';

/**
 * Short texts that change when the content shown for an agent, a run or a signal changes. Two moments of the same state
 * have the same text: it contains no age, nor the pass that brought a row, its place in a list, or the time of a fetch.
 * There is none for what the mirror does not know.
 */

const { pass: _agentPass, sparkline: _days, ...agentColumns } = getTableColumns(agents);
const {
  pass: _runPass,
  place: _runPlace,
  detailAt: _fetchedAt,
  isUndercounted: _soon,
  ...runColumns
} = getTableColumns(runs);
const { pass: _signalPass, ...ofSignal } = getTableColumns(signals);
const signalColumns = {
  ...ofSignal,
  evidence: sql<string | null>`(select body from evidence where key = ${signals.key})`,
};

/** The most of an agent's newest rows that a summary could show. */
const newestShown = 20;

function hash(shown: unknown): string {
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64');
}

/** Of an agent with its newest runs and signals. */
export function agentFingerprint({ db }: Reader, agentId: string): string | undefined {
  const agent = db.select(agentColumns).from(agents).where(eq(agents.agentId, agentId)).get();
  if (!agent) return undefined;
  const newest = [
    { table: runs, columns: runColumns, time: runs.startedAt },
    { table: signals, columns: signalColumns, time: signals.detectedAt },
  ].map(({ table, columns, time }) =>
    db.select(columns).from(table).where(eq(table.agent, agent.id)).orderBy(desc(time)).limit(newestShown).all(),
  );
  return hash([agent, ...newest]);
}

/** Of a run with its signals and events. */
export function runFingerprint({ db }: Reader, runId: string): string | undefined {
  const run = db
    .select({ ...runColumns, isFetched: sql<number>`${runs.detailAt} is not null` })
    .from(runs)
    .where(eq(runs.runId, runId))
    .get();
  if (!run) return undefined;
  const ofRun = db.select(signalColumns).from(signals).where(eq(signals.run, run.id)).orderBy(signals.key).all();
  // A run's events are only ever replaced by a longer list.
  const events = db
    .select({ count: sql<number>`count(*)` })
    .from(runEvents)
    .where(and(eq(runEvents.run, run.id)))
    .get();
  return hash([run, ofRun, events]);
}

/** Of a signal. */
export function signalFingerprint({ db }: Reader, id: number): string | undefined {
  const signal = db.select(signalColumns).from(signals).where(eq(signals.key, -id)).get();
  return signal && hash(signal);
}
