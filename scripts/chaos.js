// The long form of tests/chaos: `npm run chaos -- --minutes 10 --seed 7`.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
if (!(Number(values.minutes) > 0) || !Number.isSafeInteger(Number(values.seed))) {
  process.stderr.write('--minutes takes a number above 0, --seed a whole number.\n');
  process.exit(2);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
process.stderr.write(`${values.minutes} min of chaos with seed ${values.seed}\n`);
const { status } = spawnSync(process.execPath, [vitest, 'run', 'tests/chaos/chaos.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, CHAOS_MINUTES: values.minutes, CHAOS_SEED: values.seed },
});
process.exit(status ?? 1);
