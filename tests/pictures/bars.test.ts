import { expect, test } from 'vitest';
import { meter, sparkline } from '../../src/pictures/bars.ts';

test('a sparkline has a bar for every count, the highest as high as the line', () => {
  const heights = [...sparkline([0, 5, 10], 'x').html.matchAll(/height="([\d.]+)"/g)].map(([, height]) => height);
  expect(heights).toEqual(['1.2', '10', '20']);
});

test('a meter stays within its track', () => {
  expect(meter(0.41, '41%', 'poor').html).toContain('class="value" width="41%"');
  expect(meter(7, '700%', 'poor').html).toContain('class="value" width="100%"');
  expect(meter(-1, 'x', 'poor').html).toContain('class="value" width="0%"');
});
