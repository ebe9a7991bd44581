import { expect, test } from 'vitest';
import { createPaint, wantsColour } from '../../src/text/paint.ts';

const terminal = { isTTY: true };
const pipe = {};

test.each([
  ['a terminal', {}, terminal, true],
  ['a pipe', {}, pipe, false],
  ['a dumb terminal', { TERM: 'dumb' }, terminal, false],
  ['NO_COLOR', { NO_COLOR: '1' }, terminal, false],
  ['an empty NO_COLOR', { NO_COLOR: '' }, terminal, true],
  ['FORCE_COLOR on a pipe', { FORCE_COLOR: '1' }, pipe, true],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, terminal, false],
  ['FORCE_COLOR beside NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, pipe, true],
])('%s', (_, env, output, wanted) => {
  expect(wantsColour(env, output)).toBe(wanted);
  expect(createPaint(env, output)('green', 'x')).toBe(wanted ? '\u001b[32mx\u001b[39m' : 'x');
});
