import { expect, test } from 'vitest';
import { dayColumns } from '../../src/pictures/day-columns.ts';
import { fewSeries } from '../../src/pictures/series.ts';

const days = (count: number) =>
  Array.from({ length: count }, (_, at) => new Date(Date.UTC(2026, 10, 1 + at)).toISOString().slice(0, 10));

const html = dayColumns({
  days: days(3),
  series: [
    { name: 'A', counts: [1, 0, 3] },
    { name: 'B', counts: [1, 0, 1] },
  ],
}).html;

const pieces = (page: string) =>
  [...page.matchAll(/<rect class="(f\d)" x="8%" width="84%" y="([\d.]+)%" height="([\d.]+)%"/g)].map(
    ([, name, y, height]) => ({ name, y: Number(y), height: Number(height) }),
  );

test('pieces stand on each other, on the same axis', () => {
  expect(pieces(html)).toEqual([
    { name: 'f0', y: 75, height: 25 },
    { name: 'f1', y: 50, height: 25 },
    { name: 'f0', y: 25, height: 75 },
    { name: 'f1', y: 0, height: 25 },
  ]);
});

test('the axis has values, from the highest down', () => {
  const [axis = ''] = /<ol class="ticks".*?<\/ol>/.exec(html) ?? [];
  expect([...axis.matchAll(/value="(\d+)"/g)].map(([, value]) => value)).toEqual(['4', '3', '2', '1', '0']);
});

test('each day says its counts, and one is reached with the keyboard', () => {
  const tips = [...html.matchAll(/<span class="tip">(.*?)<\/span>/g)].map(([, tip]) => tip);
  expect(tips).toEqual(['1 Nov: 2 signals (A 1, B 1)', '2 Nov: 0 signals', '3 Nov: 4 signals (A 3, B 1)']);
  expect(html.match(/tabindex="0"/g)).toHaveLength(1);
  expect(html).toContain('aria-label="Signals each day, 2026-11-01 to 2026-11-03: 6 signals, 4 on the worst day"');
});

test('the same counts are a table', () => {
  expect(html).toContain('<th scope="row">2026-11-03</th><td class="num"><data value="3">3</data></td>');
});

test.each([
  [7, 7, 4],
  [30, 10, 5],
  [90, 12, 6],
])('of %i days %i have their names, and %i in a narrow place, among them the last', (count, all, narrow) => {
  const page = dayColumns({ days: days(count), series: [] }).html;
  const [names = ''] = /<ol class="day-names".*?<\/ol>/.exec(page) ?? [];
  expect(names.match(/<time/g)).toHaveLength(all);
  expect(names.match(/<li><time/g)).toHaveLength(narrow);
  expect(names).toContain(`<li><time datetime="${days(count).at(-1)}">`);
});

test('a count of one is seen beside thousands', () => {
  const [first] = pieces(dayColumns({ days: days(2), series: [{ name: 'A', counts: [1, 5000] }] }).html);
  expect(first?.height).toBeGreaterThan(1);
});

test('the seventh series and those after it are one', () => {
  const series = Array.from({ length: 9 }, (_, at) => ({ name: `T${at}`, counts: [at, 1] }));
  expect(fewSeries(series).slice(5)).toEqual([
    { name: 'T5', counts: [5, 1] },
    { name: '3 other types', counts: [6 + 7 + 8, 3] },
  ]);
  expect(fewSeries(series.slice(0, 7))).toEqual(series.slice(0, 7));
});

test('a name is text, whatever it is', () => {
  const evil = '<script>alert(1)</script>';
  expect(dayColumns({ days: days(1), series: [{ name: evil, counts: [1] }] }).html).not.toContain('<script');
});
