import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { names, runEvents, signals } from '../db/schema.ts';
import { type KnownTokens, knownTokens } from './run-tokens.ts';
import { spentByRun } from './token-runs.ts';

/** The numbers by which two runs are compared, besides those in the runs list. */
export interface RunTally {
  tokens: KnownTokens;
  /** Mirrored events. */
  events: number;
  llmCalls: number;
  toolCalls: number;
  /** Signals by failure type, most frequent first. */
  signals: [failureType: string, count: number][];
}

const runId = sql.placeholder('runId');
const id = sql`(select id from runs where run_id = ${runId})`;

const eventCounts = prepared((db) =>
  db
    .select({ eventType: names.name, events: sql<number>`count(*)` })
    .from(runEvents)
    .innerJoin(names, eq(names.id, runEvents.eventType))
    .where(eq(runEvents.run, id))
    .groupBy(runEvents.eventType)
    .prepare(),
);

const count = sql<number>`count(*)`;
const signalCounts = prepared((db) =>
  db
    .select({ failureType: names.name, count })
    .from(signals)
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(and(eq(signals.run, id), isNull(signals.goneAt)))
    .groupBy(signals.failureType)
    .orderBy(desc(count), asc(names.name))
    .prepare(),
);

/** Counts a run's calls, tokens and signals. */
export function runTally(reader: Reader, run: string): RunTally {
  const counted = eventCounts(reader).all({ runId: run });
  const eventsOf = (type: string) => counted.find(({ eventType }) => eventType === type)?.events ?? 0;
  return {
    tokens: knownTokens(spentByRun(reader, run, () => undefined)?.tokens),
    events: counted.reduce((total, { events }) => total + events, 0),
    llmCalls: eventsOf('llm.called'),
    toolCalls: eventsOf('tool.called'),
    signals: signalCounts(reader)
      .all({ runId: run })
      .map((type) => [type.failureType, type.count]),
  };
}

// SQLite does not accept JSON that is nested too deeply.
const payload = sql`case when json_valid(${runEvents.payload}) then ${runEvents.payload} end`;
const part = (key: string) => sql`json_extract(${payload}, ${sql.raw(`'$.${key}'`)})`;
const steps = prepared((db) =>
  db
    .select({
      step: sql<string>`json_array(${runEvents.eventType}, ${runEvents.toolName}, ${runEvents.model}, ${runEvents.success},
        coalesce(${part('args_hash')}, ${part('args')}), coalesce(${part('query_hash')}, ${part('query')}), ${part('index_name')})`,
    })
    .from(runEvents)
    .where(eq(runEvents.run, id))
    .orderBy(runEvents.seq)
    .prepare(),
);

/**
 * A run's events in order, each as a text that identifies it: its type, tool or index, its arguments or query (or their hash),
 * model and success. Times, sizes and hashes of outputs are left out, as they differ from run to run.
 */
export function runSteps(reader: Reader, run: string): string[] {
  return steps(reader)
    .all({ runId: run })
    .map(({ step }) => step);
}
