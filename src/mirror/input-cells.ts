import type Database from 'better-sqlite3';
import { type Counting, dayOf } from './counted-rows.ts';
import { countedAs, countedOver } from './counts.ts';

interface Cell {
  key: readonly [span: number, slot: number, what: number];
  by: number;
}

/** What the runs of an input have gained. */
interface Gain {
  agent: number;
  hash: string;
  runs: number;
  failed: number;
  cells: Map<string, Cell>;
}

/** Gathers what becomes of `inputs` and `input_counts`, and writes it. */
export interface InputCells {
  /** A run with the input came to where it counts (1), or went from there (-1). */
  change(counting: Counting, hash: string, by: number): void;
  apply(): void;
  forget(): void;
}

export function createInputCells(sqlite: Database.Database): InputCells {
  const gains = new Map<string, Gain>();
  const total = sqlite
    .prepare<[number, string, number, number], number>(
      `insert into inputs (agent, hash, runs, failed) values (?, ?, ?, ?) on conflict (agent, hash)
        do update set runs = runs + excluded.runs, failed = failed + excluded.failed returning id`,
    )
    .pluck();
  const dropInput = sqlite.prepare('delete from inputs where id = ? and runs = 0');
  const put = sqlite.prepare(
    `insert into input_counts (input, span, slot, what, runs) values (?, ?, ?, ?, ?)
      on conflict do update set runs = runs + excluded.runs`,
  );
  const dropCell = sqlite.prepare(
    'delete from input_counts where input = ? and span = ? and slot = ? and what = ? and runs = 0',
  );

  function add({ cells }: Gain, span: number, slot: number, what: number, by: number): void {
    const name = `${span} ${slot} ${what}`;
    const cell = cells.get(name) ?? { key: [span, slot, what] as const, by: 0 };
    cells.set(name, cell);
    cell.by += by;
  }

  function write({ agent, hash, runs, failed, cells }: Gain): void {
    const changed = [...cells.values()].filter(({ by }) => by !== 0);
    if (runs === 0 && failed === 0 && changed.length === 0) return;
    const input = total.get(agent, hash, runs, failed);
    if (input === undefined) return;
    for (const { key, by } of changed) {
      put.run(input, ...key, by);
      if (by < 0) dropCell.run(input, ...key);
    }
    if (runs < 0) dropInput.run(input);
  }

  return {
    change: ({ agent, hour, kinds }, hash, by) => {
      const name = `${agent} ${hash}`;
      const gain = gains.get(name) ?? { agent, hash, runs: 0, failed: 0, cells: new Map() };
      gains.set(name, gain);
      gain.runs += by;
      if (kinds.has(countedAs.failed)) gain.failed += by;
      for (const what of [countedAs.all, ...kinds]) {
        if (what < 0) continue;
        add(gain, countedOver.hour, hour, what, by);
        add(gain, countedOver.day, dayOf(hour), what, by);
      }
    },
    apply: () => {
      for (const gain of gains.values()) write(gain);
      gains.clear();
    },
    forget: () => gains.clear(),
  };
}
