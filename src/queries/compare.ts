import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { names, runEvents, runs, signals } from '../mirror/schema.ts';

/** What two runs are compared by, besides what lists tell of a run. */
export interface RunTally {
  /** The API's total; else the sum over the events, as far as these tell. */
  totalTokens: number | null;
  /** Mirrored events. */
  events: number;
  llmCalls: number;
  toolCalls: number;
  /** Signals by failure type, most frequent first. */
  signals: [failureType: string, count: number][];
}

const idOf = (runId: string) => sql`(select id from runs where run_id = ${runId})`;

/** Tokens of either kind; a call's numbers may stand on its .called event, its .responded event, or both. */
interface Tokens {
  eventType: string;
  events: number;
  prompt: number | null;
  completion: number | null;
}

function tokensOf(counted: readonly Tokens[]): number | null {
  const most = (kind: 'prompt' | 'completion') => {
    const sums = counted.flatMap((row) => (row[kind] === null ? [] : [row[kind]]));
    return sums.length === 0 ? null : Math.max(...sums);
  };
  const [prompt, completion] = [most('prompt'), most('completion')];
  return prompt === null && completion === null ? null : (prompt ?? 0) + (completion ?? 0);
}

/** Counts a run's calls, tokens and signals. */
export function runTally({ db }: Reader, runId: string): RunTally {
  const run = db.select({ totalTokens: runs.totalTokens }).from(runs).where(eq(runs.runId, runId)).get();
  const counted = db
    .select({
      eventType: names.name,
      events: sql<number>`count(*)`,
      prompt: sql<number | null>`sum(${runEvents.promptTokens})`,
      completion: sql<number | null>`sum(${runEvents.completionTokens})`,
    })
    .from(runEvents)
    .innerJoin(names, eq(names.id, runEvents.eventType))
    .where(eq(runEvents.run, idOf(runId)))
    .groupBy(runEvents.eventType)
    .all();
  const count = sql<number>`count(*)`;
  const types = db
    .select({ failureType: names.name, count })
    .from(signals)
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(and(eq(signals.run, idOf(runId)), isNull(signals.goneAt)))
    .groupBy(signals.failureType)
    .orderBy(desc(count), asc(names.name))
    .all();
  const eventsOf = (type: string) => counted.find(({ eventType }) => eventType === type)?.events ?? 0;
  return {
    totalTokens: run?.totalTokens ?? tokensOf(counted),
    events: counted.reduce((total, { events }) => total + events, 0),
    llmCalls: eventsOf('llm.called'),
    toolCalls: eventsOf('tool.called'),
    signals: types.map((type) => [type.failureType, type.count]),
  };
}

/**
 * A run's events in their order, each as a text of what it is: its type, tool or index, the hash of arguments or query,
 * model and success. Times, sizes and hashes of outputs are left out: they differ from run to run.
 */
export function runSteps({ db }: Reader, runId: string): string[] {
  // JSON that is nested too deeply for SQLite is none to it.
  const payload = sql`case when json_valid(${runEvents.payload}) then ${runEvents.payload} end`;
  const part = (key: string) => sql`json_extract(${payload}, ${`$.${key}`})`;
  const rows = db
    .select({
      step: sql<string>`json_array(${runEvents.eventType}, ${runEvents.toolName}, ${runEvents.model}, ${runEvents.success},
        ${part('args_hash')}, ${part('query_hash')}, ${part('index_name')})`,
    })
    .from(runEvents)
    .where(eq(runEvents.run, idOf(runId)))
    .orderBy(runEvents.seq)
    .all();
  return rows.map(({ step }) => step);
}
