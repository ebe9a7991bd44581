import { expect, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import { parseTerms } from '../../src/queries/full-text.ts';
import { findSignals } from '../../src/queries/signals.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

const now = 1_780_000_000;
/** Each signal lacks one of the words, so that more than 3000 hold each: those that are looked for the other way. */
const words = Array.from({ length: 25 }, (_, place) => `word${place}`);
const count = 3300;

const rest = { ...bareSignal, failureType: 'TOOL_LOOP', severity: 'HIGH' };

function setUp() {
  const temp = createTempMirror(createFakeClock(now));
  const { store } = temp;
  const stamp = { agent: store.agents.ensure('a'), pass: 1 };
  const put = (id: number) => {
    const held = words.filter((_, place) => id % words.length !== place);
    const evidence = JSON.stringify({ id, held: held.join(' ') });
    const row = { ...rest, id, runId: `run ${id}`, detectedAt: now + id, evidence };
    store.signals.put(row, undefined, stamp);
  };
  store.write(() => {
    for (let id = 1; id <= count; id += 1) put(id);
  });
  return { ...temp, put, reader: openReader(temp.file, testOwner) };
}

test('frequent words are found as rare ones are, whatever was looked for before, and as the mirror grows', () => {
  const { store, reader, put, dispose } = setUp();
  let last = count;
  const expectFound = (...places: number[]) => {
    const ids = Array.from({ length: last }, (_, index) => last - index).filter(
      (id) => !places.includes(id % words.length),
    );
    const terms = parseTerms(places.map((place) => words[place]).join(' '));
    const found = findSignals(reader, { terms }, { limit: 40 });
    expect(found.total).toBe(ids.length);
    expect(found.items.map(({ id }) => id)).toEqual(ids.slice(0, 40));
  };
  const many = Array.from({ length: 20 }, (_, place) => place + 5);
  for (const place of words.keys()) expectFound(place);
  expectFound(1, 2);
  expectFound(24, 0, 24);
  expectFound(...many);
  expectFound(3, 4, 20);
  last += 1;
  store.write(() => put(last));
  expectFound(3, 4, 20);
  expectFound(last % words.length);
  store.write(() => store.signals.markAll(now));
  expect(findSignals(reader, { terms: parseTerms('word3') }, { limit: 40 })).toEqual({ items: [], total: 0 });
  reader.close();
  dispose();
});
