import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgressDisplay } from '../../src/cli/progress.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const progress = { agentsDone: 0, agentsTotal: 2, rows: 500, rowsTotal: 1000, listsDone: 0, listsTotal: 0 };

function display(isTTY: boolean) {
  const clock = createFakeClock();
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 80 });
  return { clock, shown: () => String(stderr.read() ?? ''), ...createProgressDisplay({ stderr, clock }) };
}

test('on a terminal a bar redraws itself ten times a second, and goes away at the end', () => {
  const { clock, show, end, shown } = display(true);
  show(progress);
  expect(shown().startsWith('\r\u001b[K[###############---------------] 0/2 agents  500/1,000 rows')).toBe(true);
  clock.advance(0.05);
  show(progress);
  expect(shown()).toBe('');
  clock.advance(0.06);
  show(progress);
  expect(shown()).toContain('0/2 agents');
  show({ ...progress, agentsDone: 2 });
  expect(shown()).toContain('2/2 agents');
  end();
  expect(shown()).toBe('\r\u001b[K');
  clock.advance(1);
  show(progress);
  expect(shown()).toBe('');
});

test('elsewhere a line every five seconds, and nothing for a sync that is quicker', () => {
  const { clock, show, end, shown } = display(false);
  show(progress);
  clock.advance(4.9);
  show(progress);
  expect(shown()).toBe('');
  clock.advance(0.2);
  show(progress);
  expect(shown()).toBe('sync: 0/2 agents  500/1,000 rows  98 rows/s  ETA 5s\n');
  end();
  expect(shown()).toBe('');
});

test('while the sync waits, a bar counts down, and ends with the wait', async () => {
  const { clock, show, end, shown } = display(true);
  show({ ...progress, waiting: { until: clock.monotonic() + 12_000 } });
  expect(shown()).toContain('0/2 agents  500/1,000 rows  waits for the request budget, 12s');
  clock.advance(1);
  await expect.poll(shown).toContain('waits for the request budget, 11s');
  clock.advance(11);
  await expect.poll(shown).toContain('500/1,000 rows  42 rows/s');
  end();
});

test('elsewhere a wait gets its lines, too, and the words of the API', async () => {
  const { clock, show, end, shown } = display(false);
  show({ ...progress, waiting: { until: clock.monotonic() + 30_000, why: 'The API\u001b[2J is\nbusy.' } });
  for (let second = 0; second < 5; second += 1) clock.advance(1);
  await expect
    .poll(() => {
      clock.advance(1);
      return shown();
    })
    .toMatch(/^sync: 0\/2 agents {2}500\/1,000 rows {2}the API asked to wait, \d+s: The API is busy\.\n$/);
  end();
});
