import { onTestFailed, test } from 'vitest';
import { isLong } from '../support/effort.ts';
import { runChaos } from './run-chaos.ts';

/**
 * Several servers on one file while everything goes wrong: part of `npm run test:long`, and, for some seconds, what
 * CHAOS_SEED=7 runs; `npm run chaos -- --minutes 10 --seed 7` is as long as one wants, see scripts/chaos.js. A seed that fails gives the same plan again.
 */
const { CHAOS_SEED: seed = '5', CHAOS_MINUTES: minutes = isLong ? '2' : '0.2' } = process.env;
const seconds = Number(minutes) * 60;
/** Then there is time for another server to take over a lease. */
const isThorough = seconds >= 60;

test.runIf(isLong || process.env.CHAOS_SEED !== undefined)(
  `the mirror becomes the API after ${seconds} s of chaos (seed ${seed})`,
  async () => {
    const lines: string[] = [];
    onTestFailed(() => {
      process.stderr.write(`seed ${seed}, ${seconds} s:\n${lines.join('\n')}\n`);
    });
    // Longer than a lease, so that another server takes over.
    const freezeSeconds = isThorough ? 45 : 2;
    await runChaos({
      seed: Number(seed),
      seconds,
      freezeSeconds,
      requestsPerMinute: isThorough ? 300 : 1200,
      log: (line) => lines.push(line),
    });
    if (isThorough) process.stderr.write(`${lines.slice(-2).join('\n')}\n`);
  },
  (seconds + 300) * 1000,
);
