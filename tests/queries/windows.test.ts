import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import { agentHealth } from '../../src/queries/health.ts';
import { agentPatterns } from '../../src/queries/patterns.ts';
import { tokenStats } from '../../src/queries/token-stats.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

const day = 86_400;
const now = 1_780_000_000;
const numRuns = Number(process.env.FC_NUM_RUNS ?? 8);

const row = {
  agentVersion: 'v1',
  exitReason: null,
  stepCount: 1,
  signalCount: null,
  hasSignals: false,
  costUsd: 0.5,
  extra: null,
};

/** Moments at which something happens: windows begin and end as far apart. */
const edge = fc.constantFrom(0, 1, 7, 30, 90);
const moment = fc.record({ days: edge, hours: fc.integer({ min: -3, max: 3 }), off: fc.constantFrom(0, 0.25, -0.25) });
const secondsOf = ({ days, hours, off }: { days: number; hours: number; off: number }) =>
  now - days * day + hours * 3600 + off;

test('as the clock goes on, or back, over runs at the edges of windows, no answer is kept too long', () => {
  const costOf = () => 1;
  fc.assert(
    fc.property(
      fc.array(moment, { minLength: 3, maxLength: 12 }),
      fc.array(
        fc.integer({ min: -3, max: 3 }).chain((hours) => moment.map((at) => ({ ...at, days: 0, hours }))),
        {
          minLength: 2,
          maxLength: 8,
        },
      ),
      (runs, ends) => {
        const temp = createTempMirror(createFakeClock(now));
        const { store } = temp;
        store.write(() => {
          const stamp = { agent: store.agents.ensure('a'), pass: 1 };
          for (const [index, at] of runs.entries()) {
            const times = { startedAt: secondsOf(at), completedAt: secondsOf(at) + 1 };
            store.runs.put({ ...row, ...times, runId: `run ${index}`, totalTokens: 10 + index }, undefined, stamp);
          }
        });
        const kept = openReader(temp.file, testOwner);
        for (const end of ends.map(secondsOf)) {
          const fresh = openReader(temp.file, testOwner);
          const [ours, theirs] = [kept, fresh].map((reader) => [
            agentHealth(reader, 'a', end),
            agentPatterns(reader, 'a', { days: 7, end }),
            tokenStats(reader, 'a', end, costOf),
          ]);
          expect(ours).toEqual(theirs);
          fresh.close();
        }
        kept.close();
        temp.dispose();
      },
    ),
    { numRuns },
  );
});
