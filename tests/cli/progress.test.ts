import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgressDisplay } from '../../src/cli/progress.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const progress = { agentsDone: 0, agentsTotal: 2, rows: 500, rowsTotal: 1000 };

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
