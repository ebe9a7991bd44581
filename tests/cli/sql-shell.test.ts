import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, mainScript, type Place, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

/** util-linux's `script` gives a program a terminal. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** The shell on a terminal of 60 columns: what is typed, and what is shown. */
function openShell({ env }: Place) {
  const command = `stty cols 60 rows 24; exec '${process.execPath}' '${mainScript}' sql`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env: { ...env, TERM: 'xterm' } });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let shown = '';
  child.stdout.on('data', (chunk) => {
    shown += String(chunk);
  });
  return {
    exited: once(child, 'exit'),
    /** Types, waits until `said` is shown, and gives what was shown since. */
    type: async (keys: string, said: string): Promise<string> => {
      const from = shown.length;
      child.stdin.write(keys);
      await expect.poll(() => shown.slice(from), { timeout: 25_000 }).toContain(said);
      return shown.slice(from);
    },
  };
}

test.runIf(hasScript)('a shell on a terminal', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  const { type, exited } = openShell(place);
  await type('', 'sql> ');
  await type('SELECT agent_id,\r', '...> ');
  const answer = await type('title || title AS twice FROM v_signals WHERE id = 2;\r', '(1 row)');
  expect(answer).toContain('research-agent');
  expect(answer).toMatch(/Tool loop detected: .*…/);
  for (const line of answer.split(/\r?\n/).filter((one) => one.includes('research')))
    expect(line.length).toBeLessThanOrEqual(60);
  expect(await type('.tables\r', 'sync_state (table)')).toContain('v_runs (view)');
  expect(await type('.schema v_agents\r', 'gone_at in UTC')).toContain('its id, as other views have it');
  expect(await type('.help\r', 'Tab completes names.')).toContain('.quit');
  await type('.frob\r', 'There is no .frob');
  await type('SELECT * FROM v_signal;\r', 'Did you mean v_signals');
  await type('SELECT severity FROM v_sig\t', 'v_signals');
  await type(' LIMIT 1;\r', '(1 row)');
  await type('SELECT nothing \u0003', '^C');
  await type('WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c;\r', 'FROM c;');
  await type('\u0003', 'Ended.');
  await type('SELECT 40 + 2 AS answer;\r', '42');
  await type('\u0004', '');
  expect(await exited).toEqual([0, null]);
  const history = join(dirname(place.file), 'sql-history');
  expect(readFileSync(history, 'utf8')).toContain('SELECT 40 + 2 AS answer;\n');
  expect(statSync(history).mode & 0o777).toBe(0o600);
  const again = openShell(place);
  await again.type('', 'sql> ');
  await again.type('\u001b[A', 'SELECT 40 + 2 AS answer;');
  await again.type('\r', '42');
  await again.type('.quit\r', '');
  expect(await again.exited).toEqual([0, null]);
});
