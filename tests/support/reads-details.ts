import type fc from 'fast-check';
import { expect } from 'vitest';
import { z } from 'zod';
import { allAgents } from '../../src/agent-choice.ts';
import type { Clock } from '../../src/clock.ts';
import type { Store } from '../../src/mirror/store.ts';
import { createDetailsLane } from '../../src/sync/details.ts';
import { fetchDetail } from '../../src/sync/run-detail.ts';
import type { SampleBackend } from './customer-api/backend.ts';
import { createInProcessClient } from './in-process-api.ts';
import type { Model, Real } from './sync-model.ts';

const eventsShape = z.array(
  z.object({ run_id: z.string(), event_type: z.string(), step_index: z.number(), timestamp: z.number() }),
);
const detailedShape = z.array(z.object({ run_id: z.string(), started_at: z.number().nullable() }));

interface DetailsWorld {
  backend: SampleBackend;
  clock: Clock;
  store: Store;
}

/** The low-priority lane works until nothing is left. */
export async function readDetails({ backend, clock, store }: DetailsWorld): Promise<void> {
  const client = createInProcessClient(backend, () => undefined);
  const home = {
    store: () => store,
    run: <Result>(work: (own: typeof store) => Promise<Result>) => work(store),
    runNow: <Result>(work: (own: typeof store) => Result) => work(store),
    look: () => {},
    close: () => {},
  };
  const config = { agents: allAgents, keepDays: 0, maxBytes: Number.POSITIVE_INFINITY };
  const never = new AbortController().signal;
  const catchUp = createDetailsLane({
    store: home.store,
    clock,
    log: { info: () => {}, warn: (text) => expect.fail(text) },
    requestsPerMinute: 1_000_000,
    eventsDays: 30,
    hasRoom: () => true,
    fetchRun: async (runId, options) =>
      (await fetchDetail({ home, client, clock, config }, runId, options, (own) => own)).runId,
    fetchHealth: async (agentId) => JSON.stringify(backend.healthScore(agentId)),
  });
  await catchUp({ signal: never, ending: never });
}

/** The low-priority lane works until nothing is left: then what the mirror shows of a run's events is what the last pass found. */
export class ReadsDetails implements fc.AsyncCommand<Model, Real> {
  check = () => true;
  toString = () => 'read details';

  async run(_: Model, { backend, clock, connections, upstream }: Real): Promise<void> {
    const [{ store, mirror }] = connections;
    await readDetails({ backend, clock, store });
    const rows = (text: string) => mirror.sqlite.prepare(text).all();
    const detailed = detailedShape.parse(
      rows('select run_id, started_at from runs where detail_at is not null and gone_at is null and pass is not null'),
    );
    const stored = Map.groupBy(
      eventsShape.parse(rows('select run_id, event_type, step_index, timestamp from v_run_events order by seq')),
      ({ run_id }) => run_id,
    );
    for (const { run_id } of detailed) {
      const told = backend.runDetail(run_id)?.events ?? [];
      // What upstream dropped for its age is kept. Only a pass tells that a run has more events.
      if (told.length === 0 || upstream.moved.has(run_id)) continue;
      const events = told.map(({ event_type, step_index, timestamp }) => ({
        run_id,
        event_type,
        step_index,
        timestamp,
      }));
      expect(stored.get(run_id)).toEqual(events);
    }
  }
}
