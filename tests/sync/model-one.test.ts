import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { neverSettled } from '../support/history.ts';
import { createReal, histories, Passes, setUps } from '../support/sync-model.ts';
import { type Connection, createTempMirror } from '../support/temp-mirror.ts';

/**
 * The sync as a state machine: ten thousand histories of changes, passes, crashes between any two commits, faults and
 * second processes, over one real file. Another seed: DUNETRACE_TEST_SEED=7; more of them: DUNETRACE_TEST_RUNS=100000.
 */
const seed = Number(process.env.DUNETRACE_TEST_SEED ?? 20_261_122);
const numRuns = Number(process.env.DUNETRACE_TEST_RUNS ?? 10_000);

/** All but the dictionary, which a mirror only adds to. */
const tables = ['signals', 'run_events', 'runs', 'server_health', 'sync_state', 'fleet_state', 'agents', 'lease'];

function forget({ mirror }: Connection): void {
  mirror.write(() => {
    for (const table of tables) mirror.sqlite.prepare(`delete from ${table}`).run();
  });
}

const ending = { settleSeconds: neverSettled, lanes: 1, during: [] };

test('whatever happens, a pass that nothing disturbs makes the mirror the API', async () => {
  const temp = createTempMirror(createFakeClock());
  const connections = [temp.connect(), temp.connect()] as const;
  for (const { mirror } of connections) mirror.sqlite.pragma('synchronous = OFF');
  const property = fc.asyncProperty(setUps, histories(8), async (setUp, history) => {
    const real = createReal(connections, setUp);
    const model = { went: false, cameBelow: false };
    await fc.asyncModelRun(() => ({ model, real }), history);
    await new Passes({ ...ending, full: false }).run(model, real);
    await new Passes({ ...ending, full: true }).run(model, real);
  });
  await fc.assert(
    property.beforeEach(() => forget(connections[0])),
    { seed, numRuns },
  );
  const [{ mirror }] = connections;
  expect(mirror.sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(mirror.sqlite.pragma('foreign_key_check')).toEqual([]);
}, 600_000);
