import { expect, test } from 'vitest';
import { healthMark, severityMark } from '../../src/text/marks.ts';

test.each([
  ['CRITICAL', '🔴'],
  ['HIGH', '🟠'],
  ['MEDIUM', '🟡'],
  ['LOW', '🟢'],
  ['UNKNOWN', '⚪'],
  ['', '⚪'],
  ['constructor', '⚪'],
])('severity %s has the mark %s', (severity, mark) => expect(severityMark(severity)).toBe(mark));

test.each([
  [100, '✅'],
  [80, '✅'],
  [79, '🟡'],
  [60, '🟡'],
  [59, '🔴'],
  [0, '🔴'],
  [null, '❓'],
])('score %s has the mark %s', (score, mark) => expect(healthMark(score)).toBe(mark));
