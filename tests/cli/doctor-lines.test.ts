import stringWidth from 'fast-string-width';
import { expect, test } from 'vitest';
import { doctorLines } from '../../src/cli/doctor-lines.ts';
import { fail, ok, warn } from '../../src/cli/finding.ts';
import { verdictOf } from '../../src/cli/verdict.ts';

const path = '/home/somebody/.local/share/dunetrace/mirror-0123456789ab.db';
const findings = [
  ok('Node', 'v22.23.3'),
  ok('Settings', 'defaults: DUNETRACE_CONCURRENCY=4, DUNETRACE_RPM=300, DUNETRACE_POLL_SECONDS=30'),
  warn('Access', `${path} can be read by other users (mode 644): chmod 600 it.`),
];
const plain = (_: string, text: string) => text;
const linesAt = (columns: number | undefined) =>
  doctorLines(findings, verdictOf(findings), plain, columns).join('\n').split('\n');

test('at 60 columns texts wrap below their own beginning', () => {
  expect(linesAt(60).join('\n')).toMatchInlineSnapshot(`
    "ok    Node      v22.23.3
    ok    Settings  defaults: DUNETRACE_CONCURRENCY=4,
                    DUNETRACE_RPM=300, DUNETRACE_POLL_SECONDS=30
    warn  Access    /home/somebody/.local/share/dunetrace/mirror
                    -0123456789ab.db can be read by other users
                    (mode 644): chmod 600 it.
    Works. To be looked at: Access."
  `);
});

test('no line is wider than the terminal, no word is lost, and only what is longer than a line is broken', () => {
  for (const columns of [40, 60, 72, 100, 200]) {
    const lines = linesAt(columns);
    expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([]);
    const text = lines.map((line) => line.trim()).join(' ');
    for (const word of ['DUNETRACE_CONCURRENCY=4,', 'users', '644):']) expect(text.split(/\s+/)).toContain(word);
    expect(
      lines
        .map((line) => line.trim())
        .join('')
        .replaceAll(' ', ''),
    ).toContain(path);
  }
});

test('elsewhere a finding is a line, and the verdict the last', () => {
  expect(linesAt(undefined)).toHaveLength(findings.length + 1);
  expect(linesAt(undefined).at(-1)).toBe('Works. To be looked at: Access.');
});

test('the first failure is what to mend first, whatever else is to be looked at', () => {
  const { verdict, said } = verdictOf([
    ...findings,
    fail('Mirror', new Error('It is damaged.')),
    fail('API', new Error('Down.')),
  ]);
  expect([verdict, said]).toEqual(['does not work', 'Does not work. Begin with Mirror: It is damaged.']);
});
