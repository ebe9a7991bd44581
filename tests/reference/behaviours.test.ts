import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connectToReference } from './fleet.ts';
import { emptyRows, recordRows } from './record-rows.ts';
import { connectToRecords } from './records-fleet.ts';
import { fleetRows, type Rows } from './rows.ts';
import { behaviours, entryOf, heldBy, leftOut } from './suite.ts';

test.each([
  ['of two agents', fleetRows, connectToReference],
  ['of records and tokens', recordRows, connectToRecords],
  ['of an empty installation', emptyRows, () => connectToRecords({ isEmpty: true })],
] as const)('each behaviour %s holds', async (_, answers, connectTo) => {
  const { call } = await connectTo();
  for (const [about, rows] of Object.entries<Rows[string]>(answers))
    for (const [behaviour, tool, args, said, unsaid = []] of rows) {
      const { text } = await call(tool, args);
      for (const words of said) expect.soft(text, `${about} ${behaviour}`).toContain(words);
      for (const words of unsaid) expect.soft(text, `${about} ${behaviour}`).not.toContain(words);
    }
});

test('each of the 199 behaviours is held by a test, or listed with why it does not hold', () => {
  expect(new Set(behaviours).size).toBe(199);
  const shown = new Set(
    [fleetRows, recordRows, emptyRows].flatMap((answers) =>
      Object.entries(answers).flatMap(([about, rows]) => rows.map(([behaviour]) => `${about} ${behaviour}`)),
    ),
  );
  const ways = (behaviour: string) =>
    [shown.has(behaviour), entryOf(heldBy, behaviour), entryOf(leftOut, behaviour)].filter(Boolean).length;
  expect(behaviours.filter((behaviour) => ways(behaviour) === 0)).toEqual([]);
  expect(behaviours.filter((behaviour) => entryOf(leftOut, behaviour) && ways(behaviour) > 1)).toEqual([]);
  // Nothing here is of a behaviour that there is not.
  const known = new Set([...behaviours, ...behaviours.map((behaviour) => behaviour.split(' ')[0] ?? '')]);
  const named = [...shown, ...Object.keys(heldBy), ...Object.keys(leftOut)];
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('the tests that are said to hold a behaviour are there', () => {
  for (const [behaviour, [file, title]] of Object.entries(heldBy)) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect.soft(source.includes(`'${title}`), `${behaviour}: ${title}`).toBe(true);
  }
});
