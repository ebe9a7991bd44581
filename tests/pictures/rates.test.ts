import { expect, test } from 'vitest';
import { wilsonInterval } from '../../src/intervals.ts';
import { healthMeter } from '../../src/pictures/health-meter.ts';
import { versionRates } from '../../src/pictures/version-rates.ts';
import { weekHours } from '../../src/pictures/week-hours.ts';

test('a version has a dot at its rate, and whiskers at the ends of its interval', () => {
  const { html } = versionRates([{ version: 'v2', affectedRuns: 5, totalRuns: 10, verdict: 'regression' }]);
  const { low, high } = wilsonInterval({ hits: 5, total: 10 });
  const at = (share: number) => Number((share * 125).toFixed(3));
  expect(html).toContain('<circle cx="62.5%"');
  expect(html).toContain(`x1="${at(low)}%" x2="${at(high)}%"`);
  expect(html).toMatch(/5\/10 runs \(50%\) .*95%: 24–76%.*▲ regression/);
  expect([...html.matchAll(/<li>(\d+)%<\/li>/g)].map(([, tick]) => Number(tick))).toEqual([0, 20, 40, 60, 80]);
});

test('rates of all runs end at 100 %, and low ones have an axis of their own', () => {
  const ticks = (affectedRuns: number, totalRuns: number) =>
    [...versionRates([{ version: null, affectedRuns, totalRuns }]).html.matchAll(/<li>(\d+)%<\/li>/g)].map(([, tick]) =>
      Number(tick),
    );
  expect(ticks(9, 9)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(2, 400)).toEqual([0, 1, 2, 3, 4]);
});

test('health has its score, its word and its parts', () => {
  const parts = [{ name: 'loop_avoidance', score: 10, max: 25, basis: '3 of 9 runs' }];
  const { html } = healthMeter({ score: 72, sampleRuns: 9, parts });
  expect(html).toContain('aria-label="Health: 72 of 100, fair"');
  expect(html).toContain('class="value" width="72%"');
  expect(html).toMatch(/loop avoidance<\/span><svg class="meter poor".*width="40%".*10\/25.*3 of 9 runs/);
  expect(healthMeter({ score: null, sampleRuns: 1, parts: [] }).html).toContain('1 run is known, and it takes 3');
});

test('hours are a table, the darker the more, and the busiest one is reached with the keyboard', () => {
  const hours = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  hours[1] = Array.from({ length: 24 }, (_, hour) => (hour === 5 ? 10 : hour === 6 ? 1 : 0));
  const { html } = weekHours(hours);
  expect(html.match(/<td class="mark/g)).toHaveLength(7 * 24);
  expect(html).toContain(
    '<td class="mark h5" tabindex="0"><span>10</span><i class="tip">Tue 05:00 to 05:59: 10 signals</i></td>',
  );
  expect(html).toContain('<td class="mark h1" tabindex="-1"><span>1</span>');
  expect(html.match(/class="mark h0"/g)).toHaveLength(7 * 24 - 2);
  expect(html).toContain('Most on Tue 05:00: 10 of 11 signals.');
});
