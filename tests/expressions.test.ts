import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from 'scslre';
import { expect, test } from 'vitest';

/**
 * Regular expressions work on texts that agents, servers and callers chose, of any length. One that goes back over what it
 * has read takes a time that grows with the square of the text: half an hour for a title with a line break and 400,000 spaces.
 */

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Where texts are typed by hand, a line at a time, by the person who waits. */
const typed = ['cli/sql-input.ts'];

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//.source;
const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/.source;
/** Only where an expression may stand, or it is a division. */
const literal = /(?<=(?:[(=,:[!&|?{};>]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/
  .source;
const template = /`(?:\\.|[^`\\])*`/.source;
const tokens = () => new RegExp(`${comment}|${quoted}|${template}|(${literal})`, 'g');

/** Every expression that is written as a literal, also in a template. */
function expressionsIn(code: string): string[] {
  return [...code.matchAll(tokens())].flatMap(([token, found]) => {
    if (found !== undefined) return [found];
    const inner = token.startsWith('`') ? [...token.matchAll(/\$\{([^}]*)\}/g)] : [];
    return inner.flatMap(([, part = '']) => expressionsIn(`(${part})`));
  });
}

const expressionsOf = (file: string) => expressionsIn(readFileSync(join(src, file), 'utf8'));

function troubleOf(expression: string): string[] {
  const end = expression.lastIndexOf('/');
  const { reports } = analyse({ source: expression.slice(1, end), flags: expression.slice(end + 1) });
  return reports.map(({ type }) => type);
}

test('what goes back over a text is found', () => {
  expect(troubleOf(String.raw`/\s*\n\s*/g`)).not.toEqual([]);
  expect(troubleOf(String.raw`/\s+$/`)).not.toEqual([]);
  expect(troubleOf('/(a+)+b/')).not.toEqual([]);
  expect(troubleOf(String.raw`/^\s*$/`)).toEqual([]);
});

test('no expression goes back over a text that others wrote', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !typed.includes(name));
  const all = files.flatMap((file) => expressionsOf(file).map((expression) => ({ file, expression })));
  expect(all.length).toBeGreaterThan(70);
  expect(all.filter(({ expression }) => troubleOf(expression).length > 0)).toEqual([]);
});
