import { describe, expect, test } from 'vitest';
import { heatMap, meter, sparkline, stackedColumns } from '../../src/report/charts.ts';

const rects = (svg: string) =>
  [...svg.matchAll(/<rect (?:class="([^"]*)" )?x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g)].map(
    ([, name, x, y, height]) => ({ name, x: Number(x), y: Number(y), height: Number(height) }),
  );

describe('stacked columns', () => {
  const series = [
    { name: 'A', counts: [1, 0, 3] },
    { name: 'B', counts: [1, 0, 1] },
  ];
  const svg = stackedColumns(['mon', 'tue', 'wed'], series, 'two series').html;

  test('pieces stand on each other, and the highest column fills the height', () => {
    expect(rects(svg)).toEqual([
      { name: 's0', x: 0.1, y: 75, height: 25 },
      { name: 's1', x: 0.1, y: 50, height: 25 },
      { name: 's0', x: 2.1, y: 25, height: 75 },
      { name: 's1', x: 2.1, y: 0, height: 25 },
    ]);
  });

  test('each piece says what it is, and the whole says what it shows', () => {
    expect(svg).toContain('<title>wed: A 3</title>');
    expect(svg).toContain('role="img" aria-label="two series"');
  });
});

test('a sparkline has a bar for every count, the highest as high as the line', () => {
  expect(rects(sparkline([0, 5, 10], 'x').html).map(({ height }) => height)).toEqual([0.8, 10, 20]);
});

test('a meter stays within its track', () => {
  expect(meter(0.41, '41%', 'poor').html).toContain('width="41" height="8"');
  expect(meter(7, '700%', 'poor').html).toContain('class="value" width="100"');
});

test('a cell of a heat map is the darker the more it counts', () => {
  const svg = heatMap([[0, 5, 10]], 'x', (row, column) => `${row}/${column}`).html;
  expect([...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, strength]) => Number(strength))).toEqual([0, 0.575, 1]);
  expect(svg).toContain('<title>0/2: 10</title>');
});
