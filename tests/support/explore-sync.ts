import fc from 'fast-check';
import { expect } from 'vitest';
import { cases } from './effort.ts';
import { createFakeClock } from './fake-clock.ts';
import { neverSettled } from './history.ts';
import { ReadsDetails } from './reads-details.ts';
import { createReal, type Extras, histories, Passes, type SetUp } from './sync-model.ts';
import { type Connection, createTempMirror } from './temp-mirror.ts';

const { DUNETRACE_TEST_SEED: seed = '20261122' } = process.env;
/** To read details takes longer than all else; what generation 3 has besides is explored five times. */
const runsOf = ({ readsDetails, newest }: Extras) =>
  cases({ short: newest === undefined ? 80 : 40, long: readsDetails ? 2500 : 10_000 });

/** All but the dictionary and the explanations, which a mirror only adds to. */
const tables = [
  'evidence',
  'signals',
  'signal_days',
  'run_days',
  'run_events',
  'run_sums',
  'runs',
  'server_health',
  'sync_state',
  'fleet_lists',
  'fleet_state',
  'agents',
  'lease',
];

function empty({ mirror }: Pick<Connection, 'mirror'>): void {
  mirror.write(() => {
    for (const table of tables) mirror.sqlite.prepare(`delete from ${table}`).run();
    for (const table of ['agents_fts', 'evidence_fts'])
      mirror.sqlite.exec(`insert into ${table} (${table}) values ('delete-all')`);
  });
}

const quiet = { settleSeconds: neverSettled, lanes: 1, during: [] };

/**
 * Explores histories of the sync, in the long form thousands, against an API of this generation. All are played over one real file, by
 * two connections: to open one takes longer than to play a history.
 */
export async function exploreSync(generation: SetUp['generation'], extras: Extras = {}): Promise<void> {
  const temp = createTempMirror(createFakeClock());
  const connections = [temp, temp.connect()] as const;
  for (const { mirror } of connections) mirror.sqlite.pragma('synchronous = OFF');
  const setUps = fc.record({
    generation: fc.constant(generation),
    pageSize: fc.constantFrom(15, 14, 13),
    filled: fc.constantFrom(0, 0, 0, 25, 25),
    endsFull: fc.boolean(),
  });
  const property = fc.asyncProperty(setUps, histories(8, extras), async ({ endsFull, ...how }, history) => {
    empty(connections[0]);
    const real = createReal(connections, { ...how, followsMoved: extras.followsMoved ?? false });
    const model = { went: false, cameBelow: false };
    await fc.asyncModelRun(() => ({ model, real }), history);
    real.invariants.checkRecount();
    await new Passes({ ...quiet, full: endsFull }).run(model, real);
    if (extras.readsDetails) await new ReadsDetails().run(model, real);
  });
  await fc.assert(property, { seed: Number(seed) + generation, numRuns: runsOf(extras) });
  const { sqlite } = temp.mirror;
  expect(sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(sqlite.pragma('foreign_key_check')).toEqual([]);
}
