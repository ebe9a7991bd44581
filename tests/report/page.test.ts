import { expect, test } from 'vitest';
import { reportPage } from '../../src/report/page.ts';
import { evil, evilAgent } from '../support/report-world.ts';
import { storyReport } from '../support/story-report.ts';

const count = (page: string, text: string) => page.split(text).length - 1;

test('some agents are in full, and linked; all are in the table', async () => {
  const page = reportPage(await storyReport({ inFull: 3 }));
  expect(count(page, '<section class="agent"')).toBe(3);
  const [, table = ''] = page.split('<section class="fleet">');
  const [rows = ''] = table.split('</table>');
  expect(count(rows, 'id="row-')).toBe(8);
  expect(count(rows, 'href="#agent-')).toBe(3);
  expect(page).toContain('In full: the gravest 3 of them; --agent shows another.');
  expect(reportPage(await storyReport({ inFull: 25 }))).not.toContain('In full:');
});

test('signals of one title stand there once, with their count and ids; inputs are cut after eight', async () => {
  const page = reportPage(await storyReport({ inFull: 1 }));
  expect(page).toMatch(
    /<h4><span class="poor">HIGH<\/span> 5 signals: payment_gateway failed 4 times one after another/,
  );
  expect(count(page, 'payment_gateway failed 4 times one after another')).toBe(1);
  expect(page).toMatch(/Signals #\d+, #\d+, #\d+, #\d+, #\d+\./);
  const [, inputs = ''] = page.split('Inputs with a failure in at least half of their runs');
  const [rows = '', after = ''] = inputs.split('</table>');
  expect(count(rows, '<code>')).toBe(8);
  expect(after).toMatch(/^<p class="dim">and others<\/p>/);
});

test('attacks are text', async () => {
  const page = reportPage(await storyReport({ inFull: 25 }));
  expect(page).not.toContain(evil);
  expect(page).not.toContain(evilAgent);
  expect(page).toContain('&lt;script&gt;alert(2)');
  expect(page).not.toContain('<script');
});
