import type Database from 'better-sqlite3';
import { getTableColumns } from 'drizzle-orm';
import type { Cell, HandedRow } from '../db/handed-tables.ts';
import { runSums } from '../db/schema.ts';
import { type CallEvent, callSums } from './call-sums.ts';
import { type FillChange, numberOf, textOf } from './fill-changes.ts';
import { isStopped, reasoningOf } from './payload-facts.ts';

type Told = CallEvent & { payload: string };

/** Stores events, which come run by run in their order, and what the model calls of each run come to. */
export function createFillEvents(sqlite: Database.Database, names: ReadonlyMap<Cell | undefined, string>): FillChange {
  const columns = Object.entries(getTableColumns(runSums)).map(([property, { name }]) => ({ property, name }));
  const add = sqlite.prepare<unknown[]>(
    `insert into run_sums (${columns.map(({ name }) => name).join()}) values (${columns.map(() => '?').join()})`,
  );
  let run: Cell | undefined;
  let events: Told[] = [];

  function endRun(): void {
    const stopped = Number(isStopped(events));
    for (const sums of callSums(events)) {
      const values: Readonly<Record<string, unknown>> = { run, ...sums, stopped };
      add.run(columns.map(({ property }) => values[property]));
    }
    events = [];
  }

  function toldBy(row: HandedRow): Told {
    const event = { eventType: names.get(row.event_type) ?? '', payload: textOf(row.payload) ?? '' };
    return {
      ...event,
      model: numberOf(row.model),
      promptTokens: numberOf(row.prompt_tokens),
      completionTokens: numberOf(row.completion_tokens),
      reasoningTokens: reasoningOf(event),
      latencyMs: numberOf(row.latency_ms),
    };
  }

  return {
    change: (row) => {
      if (row.run !== run) endRun();
      run = row.run;
      events.push(toldBy(row));
      return row;
    },
    flush: (isLast) => {
      if (isLast) endRun();
    },
  };
}
