import type Database from 'better-sqlite3';
import { getTableColumns } from 'drizzle-orm';
import type { Cell, HandedRow } from '../db/handed-tables.ts';
import { runSums } from '../db/schema.ts';
import { MirrorError } from '../errors.ts';
import { maxParts } from '../lists/run-detail.ts';
import { type CallEvent, callSums } from './call-sums.ts';
import { type FillChange, numberOf, textOf } from './fill-changes.ts';
import { isStopped, reasoningOf } from './payload-facts.ts';

/**
 * Stores events, which come run by run in their order, and what the model calls of each run come to. Of a run's payloads
 * nothing is kept in memory, and it has no more events than the API may send of one.
 */
export function createFillEvents(sqlite: Database.Database, names: ReadonlyMap<Cell | undefined, string>): FillChange {
  const columns = Object.entries(getTableColumns(runSums)).map(([property, { name }]) => ({ property, name }));
  const add = sqlite.prepare<unknown[]>(
    `insert into run_sums (${columns.map(({ name }) => name).join()}) values (${columns.map(() => '?').join()})`,
  );
  let run: Cell | undefined;
  let events: CallEvent[] = [];
  let stopped = 0;

  function endRun(): void {
    for (const sums of callSums(events)) {
      const values: Readonly<Record<string, unknown>> = { run, ...sums, stopped };
      add.run(columns.map(({ property }) => values[property]));
    }
    events = [];
    stopped = 0;
  }

  function note(row: HandedRow): void {
    const eventType = names.get(row.event_type) ?? '';
    const told = { eventType, payload: textOf(row.payload) ?? '' };
    if (isStopped([told])) stopped = 1;
    events.push({
      eventType,
      model: numberOf(row.model),
      promptTokens: numberOf(row.prompt_tokens),
      completionTokens: numberOf(row.completion_tokens),
      reasoningTokens: reasoningOf(told),
      latencyMs: numberOf(row.latency_ms),
    });
    if (events.length > maxParts)
      throw new MirrorError('handed', `What was sent has a run of more than ${maxParts} events. Nothing was taken.`);
  }

  return {
    change: (row) => {
      if (row.run !== run) endRun();
      run = row.run;
      note(row);
      return row;
    },
    flush: (isLast) => {
      if (isLast) endRun();
    },
  };
}
