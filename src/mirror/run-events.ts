import { eq, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runEvents, runSums, runs } from '../db/schema.ts';
import type { RunEventRow } from '../lists/run-detail.ts';
import { callSums } from './call-sums.ts';
import type { Changes } from './changes.ts';
import type { Dictionary } from './dictionary.ts';
import { isStopped, reasoningOf } from './payload-facts.ts';
import { bit } from './stamps.ts';

export interface RunEventStore {
  /** Keeps a run's events, and the sums over them; fewer than are known (the server dropped some) change nothing. */
  put(run: number, events: readonly RunEventRow[]): void;
}

export function createRunEventStore({ db }: Mirror, dictionary: Dictionary, changes: Changes): RunEventStore {
  const count = db
    .select({ count: sql<number>`count(*)` })
    .from(runEvents)
    .where(eq(runEvents.run, sql.placeholder('run')))
    .prepare();

  const add = db
    .insert(runEvents)
    .values({
      run: sql.placeholder('run'),
      seq: sql.placeholder('seq'),
      eventType: sql.placeholder('eventType'),
      stepIndex: sql.placeholder('stepIndex'),
      timestamp: sql.placeholder('timestamp'),
      model: sql.placeholder('model'),
      promptTokens: sql.placeholder('promptTokens'),
      completionTokens: sql.placeholder('completionTokens'),
      latencyMs: sql.placeholder('latencyMs'),
      toolName: sql.placeholder('toolName'),
      success: sql.placeholder('success'),
      inputHash: sql.placeholder('inputHash'),
      payload: sql.placeholder('payload'),
      parentRunId: sql.placeholder('parentRunId'),
      extra: sql.placeholder('extra'),
    })
    .prepare();

  const remove = db
    .delete(runEvents)
    .where(eq(runEvents.run, sql.placeholder('run')))
    .prepare();

  const removeSums = db
    .delete(runSums)
    .where(eq(runSums.run, sql.placeholder('run')))
    .prepare();

  const addSums = db
    .insert(runSums)
    .values({
      run: sql.placeholder('run'),
      model: sql.placeholder('model'),
      calls: sql.placeholder('calls'),
      counted: sql.placeholder('counted'),
      prompt: sql.placeholder('prompt'),
      prompts: sql.placeholder('prompts'),
      called: sql.placeholder('called'),
      responded: sql.placeholder('responded'),
      told: sql.placeholder('told'),
      completion: sql.placeholder('completion'),
      reasoning: sql.placeholder('reasoning'),
      latency: sql.placeholder('latency'),
      latencies: sql.placeholder('latencies'),
      stopped: sql.placeholder('stopped'),
    })
    .prepare();

  const setInput = db
    .update(runs)
    .set({ input: sql`${sql.placeholder('input')}` })
    .where(eq(runs.id, sql.placeholder('run')))
    .prepare();

  return {
    put: (run, events) => {
      if (events.length < (count.get({ run })?.count ?? 0)) return;
      remove.run({ run });
      removeSums.run({ run });
      const coded = events.map((event) => ({ ...event, model: dictionary.nameOrNull(event.model) }));
      for (const [seq, event] of coded.entries()) {
        const eventType = dictionary.name(event.eventType);
        const toolName = dictionary.nameOrNull(event.toolName);
        add.run({ ...event, run, seq, eventType, toolName, success: bit(event.success) });
      }
      const stopped = isStopped(events);
      const told = coded.map((event) => ({ ...event, reasoningTokens: reasoningOf(event) }));
      for (const sums of callSums(told)) addSums.run({ run, ...sums, stopped });
      setInput.run({ run, input: events.find(({ inputHash }) => inputHash !== null)?.inputHash ?? null });
      changes.run(run);
    },
  };
}
