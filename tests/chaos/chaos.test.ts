import { onTestFailed, test } from 'vitest';
import { runChaos } from './run-chaos.ts';

/**
 * Several servers on one file while everything goes wrong. The short form is part of `npm test`; the long one is
 * `npm run chaos -- --minutes 10 --seed 7`, see scripts/chaos.js. A seed that fails gives the same plan again.
 */
const { CHAOS_SEED: seed = '5', CHAOS_MINUTES: minutes } = process.env;
const isLong = minutes !== undefined;
const seconds = isLong ? Number(minutes) * 60 : 12;

test(
  `the mirror becomes the API after ${seconds} s of chaos (seed ${seed})`,
  async () => {
    const lines: string[] = [];
    onTestFailed(() => {
      process.stderr.write(`seed ${seed}, ${seconds} s:\n${lines.join('\n')}\n`);
    });
    // Longer than a lease, so that another server takes over.
    const freezeSeconds = isLong ? 45 : 2;
    await runChaos({
      seed: Number(seed),
      seconds,
      freezeSeconds,
      requestsPerMinute: isLong ? 300 : 1200,
      log: (line) => lines.push(line),
    });
    if (isLong) process.stderr.write(`${lines.slice(-2).join('\n')}\n`);
  },
  (seconds + 300) * 1000,
);
