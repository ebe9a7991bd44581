import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { platform } from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { childrenOf, isAlive } from '../support/children.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, ended, mainScript, run, start } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

/** Rows for as long as they are taken, of 200 characters each. */
const endless = `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, '${'x'.repeat(200)}' AS text FROM c`;
const rowsOf = (limit: number) => endless.replace(') SELECT', ` LIMIT ${limit}) SELECT`);

async function synced() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  return place;
}

/** The most memory that a process ever had, in bytes; Linux tells. */
function peakOf(pid: number | undefined): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

test('every row is printed, in each format, unless fewer are wanted', async () => {
  const place = await synced();
  const print = async (...options: string[]) => await run(['sql', rowsOf(20_000), ...options], place);
  const csv = await print('--format', 'csv');
  expect(csv.stderr).toBe('');
  const lines = csv.stdout.trimEnd().split('\n');
  expect([lines.length, lines[0], lines.at(-1)?.slice(0, 6)]).toEqual([20_001, 'n,text', '20000,']);
  expect((await print('--spreadsheet')).stdout).toBe(csv.stdout);
  const ndjson = (await print('--format', 'ndjson')).stdout.trimEnd().split('\n');
  expect([ndjson.length, JSON.parse(ndjson.at(-1) ?? '').n]).toEqual([20_000, 20_000]);
  expect(JSON.parse((await print('--format', 'json')).stdout)).toEqual(ndjson.map((line) => JSON.parse(line)));
  const few = await print('--format', 'csv', '--limit', '1500');
  expect(few.stdout.trimEnd().split('\n')).toHaveLength(1501);
  expect(few.stderr).toContain('these are the first 1500 rows; there are more');
  expect((await print('--format', 'csv', '--limit', '20000')).stderr).toBe('');
});

test('a cell is whole, up to the longest text that the API has', async () => {
  const place = await synced();
  const print = (bytes: number) => run(['sql', `SELECT hex(zeroblob(${bytes})) AS x`, '--format', 'csv'], place);
  const whole = await print(4_000_000);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect(whole.stdout).toHaveLength('x\n'.length + 8_000_000 + 1);
  expect((await print(9_000_000)).stderr).toContain('1 cell cut, followed by the full length');
});

test('what is not read-only is refused in each format, and nothing is printed', async () => {
  const place = await synced();
  for (const [statement, told] of [
    ['DELETE FROM runs', 'Only one read-only statement may run'],
    ['SELECT * FROM mirror_meta', "mirror_meta can't be read"],
    ['SELECT 1; SELECT 2', 'more than one statement'],
  ] as const) {
    const { code, stdout, stderr } = await run(['sql', statement, '--format', 'csv'], place);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(told);
  }
});

test('a column of JSON comes as JSON, by whatever name', async () => {
  const place = await synced();
  const sql = "SELECT evidence, evidence AS seen, evidence ->> '$.tool' AS tool FROM v_signals WHERE id = 2";
  const { stdout } = await run(['sql', sql, '--format', 'ndjson'], place);
  const evidence = { tool: expect.any(String), count: 6 };
  expect(JSON.parse(stdout)).toEqual({ evidence, seen: evidence, tool: expect.any(String) });
});

test('a reader that has seen enough is no error, and ends the statement', async () => {
  const place = await synced();
  const child = start(['sql', endless, '--format', 'csv'], place);
  const [first] = await once(child.stdout, 'data');
  expect(String(first)).toMatch(/^n,text\n1,x+\n/);
  const others = platform === 'linux' ? childrenOf(Number(child.pid)) : [];
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const pid of others) await expect.poll(() => isAlive(pid)).toBe(false);
});

test.runIf(platform === 'linux')('however many rows there are, they take no more memory', async () => {
  const place = await synced();
  const child = start(['sql', rowsOf(400_000), '--format', 'csv'], place);
  child.stdin.end();
  await once(child.stdout, 'readable');
  const [other] = childrenOf(Number(child.pid));
  let peaks: number[] = [];
  let rows = -1;
  for await (const _ of createInterface({ input: child.stdout })) {
    rows += 1;
    if (rows === 300_000) peaks = [peakOf(child.pid), peakOf(other)];
  }
  expect(rows).toBe(400_000);
  // 86 MB were printed. Node alone takes 50 to 80 MB.
  for (const peak of peaks) expect(peak).toBeLessThan(150e6);
  expect(peaks).toHaveLength(2);
});

test('Ctrl-C ends it, and what was printed is said to be not all', async () => {
  const place = await synced();
  const child = start(['sql', endless, '--format', 'csv'], place);
  await once(child.stdout, 'readable');
  const others = platform === 'linux' ? childrenOf(Number(child.pid)) : [];
  child.kill('SIGINT');
  const { code, stderr } = await ended(child);
  expect({ code, stderr }).toEqual({ code: 6, stderr: 'dunetrace-mcp: Ended; what was printed is not all.\n' });
  for (const pid of others) await expect.poll(() => isAlive(pid)).toBe(false);
});

test.runIf(platform === 'linux')(
  'a statement whose rows nobody takes ends with the command that is killed',
  async () => {
    const place = await synced();
    const child = spawn(process.execPath, [mainScript, 'sql', endless, '--format', 'csv'], {
      env: place.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await once(child.stdout, 'readable');
    const others = childrenOf(Number(child.pid));
    expect(others).toHaveLength(1);
    child.kill('SIGKILL');
    for (const pid of others) await expect.poll(() => isAlive(pid)).toBe(false);
  },
);
