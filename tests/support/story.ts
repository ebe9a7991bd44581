import type { Generation } from './customer-api/backend.ts';
import { createFakeClock } from './fake-clock.ts';
import { type Change, neverSettled } from './history.ts';
import { ReadsDetails } from './reads-details.ts';
import { createReal, Passes } from './sync-model.ts';
import { createTempMirror } from './temp-mirror.ts';

/**
 * One history of the sync, told step by step, with what holds after each: `filled` runs of agent `a` that have a signal each, and
 * (unless `isEmpty`) a mirror of them.
 */
export async function tellStory(
  filled: number,
  { generation = 3, isEmpty = false }: { generation?: Generation; isEmpty?: boolean } = {},
) {
  const temp = createTempMirror(createFakeClock());
  const real = createReal([temp, temp.connect()], { generation, pageSize: 15, filled, followsMoved: true });
  const model = { went: false, cameBelow: false };
  const quiet = { settleSeconds: neverSettled, lanes: 1, during: [], full: false };
  const pass = (changes: Partial<Passes['pass']> = {}) => new Passes({ ...quiet, ...changes }).run(model, real);
  if (!isEmpty) await pass();
  return {
    pass,
    change: (what: Change) => real.upstream.change(what),
    wait: (seconds: number) => real.clock.advance(seconds),
    readDetails: () => new ReadsDetails().run(model, real),
    invariants: real.invariants,
    backend: real.backend,
    sqlite: temp.mirror.sqlite,
  };
}
