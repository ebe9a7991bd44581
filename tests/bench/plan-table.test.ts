import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { eventSeconds, firstRequests, planHead, planRow } from '../../bench/plan-table.ts';

/** What docs/operations.md tells of sizes and times is what `npm run bench -- --plan` computes. */

const page = readFileSync(fileURLToPath(new URL('../../docs/operations.md', import.meta.url)), 'utf8');

test('the table of the docs is computed from the rates beside it, as the bench computes it', () => {
  const number = (pattern: RegExp) => Number(pattern.exec(page.replaceAll(/\s+/g, ' '))?.[1]?.replaceAll(',', ''));
  const rates = {
    rowsPerSecond: number(/stored ([\d,]+) rows a second/),
    wireBytes: number(/of ([\d,]+) bytes each over the network/),
    runBytes: number(/a run took ([\d,]+) bytes/),
    signalBytes: number(/a signal ([\d,]+),/),
    eventBytes: number(/events of a run ([\d,]+)\./),
  };
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  expect(rows[0]).toBe(`| ${planHead.join(' | ')} |`);
  const fleets = rows.slice(2).map((row) => row.split(' | ').map((cell) => cell.replaceAll(/[|, ]/g, '')));
  expect(fleets).toHaveLength(3);
  for (const [place, [agents = '', sizes = '', , , , withEvents]] of fleets.entries()) {
    const [runs = 0, signals = 0] = sizes.split('/').map(Number);
    const computed = planRow({ agents: Number(agents), runs, signals, withEvents: Number(withEvents) }, rates);
    // Rates are rounded there: sizes may differ in their last digit.
    const [, , requests, , time, , eventTime] = computed;
    const told = rows[place + 2]?.slice(2, -2).split(' | ') ?? [];
    expect([told[2], told[4], told[6]]).toEqual([requests, time, eventTime]);
    for (const cell of [3, 7, 8])
      expect(Number.parseFloat(told[cell] ?? '')).toBeCloseTo(Number.parseFloat(computed[cell] ?? ''), 0);
  }
});

test('a request brings 490 rows, or one run’s events; those of 500,000 runs take two days', () => {
  expect(firstRequests({ agents: 1, runs: 490, signals: 491, withEvents: 0 })).toBe(1 + 1 + 2);
  expect(firstRequests({ agents: 501, runs: 0, signals: 0, withEvents: 0 })).toBe(2 + 2 * 501);
  expect(eventSeconds(500_000) / 86_400).toBeCloseTo(2.3, 1);
});
