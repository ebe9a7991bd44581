import type Database from 'better-sqlite3';
import type { CallSums } from './call-sums.ts';
import { dayOf } from './counted-rows.ts';
import { countedOver } from './counts.ts';

/** What counts of the model calls in a run's events. */
export type Load = Pick<CallSums, 'prompt' | 'prompts' | 'latency' | 'latencies'>;

interface Cell extends Load {
  key: readonly [agent: number, span: number, slot: number];
  runs: number;
}

/** Gathers what becomes of `load_counts`, and writes it. */
export interface LoadCells {
  /** A run with events came to where it counts (1), or went from there (-1). */
  change(place: { agent: number; hour: number }, load: Load, by: number): void;
  apply(): void;
  forget(): void;
}

const fields = ['runs', 'prompt', 'prompts', 'latency', 'latencies'] as const;

export function createLoadCells(sqlite: Database.Database): LoadCells {
  const cells = new Map<string, Cell>();
  const put = sqlite.prepare(
    `insert into load_counts (agent, span, slot, runs, prompt, prompts, latency_us, latencies) values (?, ?, ?, ?, ?, ?, ?, ?)
      on conflict do update set runs = runs + excluded.runs, prompt = prompt + excluded.prompt,
        prompts = prompts + excluded.prompts, latency_us = latency_us + excluded.latency_us,
        latencies = latencies + excluded.latencies, stamp = random() >> 11`,
  );
  const drop = sqlite.prepare('delete from load_counts where agent = ? and span = ? and slot = ? and runs = 0');

  function add(agent: number, span: number, slot: number, load: Load, by: number): void {
    const name = `${agent} ${span} ${slot}`;
    const none = { runs: 0, prompt: 0, prompts: 0, latency: 0, latencies: 0 };
    const cell = cells.get(name) ?? { key: [agent, span, slot] as const, ...none };
    cells.set(name, cell);
    cell.runs += by;
    cell.prompt += by * load.prompt;
    cell.prompts += by * load.prompts;
    cell.latency += by * load.latency;
    cell.latencies += by * load.latencies;
  }

  return {
    change: ({ agent, hour }, load, by) => {
      add(agent, countedOver.hour, hour, load, by);
      add(agent, countedOver.day, dayOf(hour), load, by);
    },
    apply: () => {
      for (const cell of cells.values()) {
        // Written even where all sums are as they were: the runs are others.
        put.run(...cell.key, ...fields.map((field) => cell[field]));
        if (cell.runs < 0) drop.run(...cell.key);
      }
      cells.clear();
    },
    forget: () => cells.clear(),
  };
}
