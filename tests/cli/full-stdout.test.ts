import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, mainScript, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const full = '/dev/full';

test
  .skipIf(!existsSync(full))
  .each([
    ['sql', 'SELECT * FROM v_runs'],
    ['sql', 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT i, hex(i) FROM n'],
    ['sql', '--format', 'csv', 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n'],
    ['status', '--json'],
    ['sync'],
  ])('%s %s: what could not be printed is no success', async (...args) => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  const stdout = openSync(full, 'w');
  const child = spawn(process.execPath, [mainScript, ...args], { env: place.env, stdio: ['ignore', stdout, 'pipe'] });
  closeSync(stdout);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({
    code: 6,
    stderr:
      'dunetrace-mcp: the output is incomplete, because stdout failed (ENOSPC: no space left on device, write).\n',
  });
});
