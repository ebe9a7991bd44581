import { expect, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { countSignals, findSignals } from '../../src/queries/signals.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { type TempMirror, testOwner } from '../support/temp-mirror.ts';

function dropSignals({ store }: TempMirror): void {
  store.write(() => {
    for (const { id } of store.agents.all()) store.signals.removeUnseen(id, Number.MAX_SAFE_INTEGER);
  });
}

test('what is written while an answer is put together is seen by the next one, and by no part of this one', async () => {
  const { add, pass, temp } = await setUpPasses();
  add(3, 'a', [loop]);
  await pass();
  const reader = openReader(temp.file, testOwner);
  const found = () => findSignals(reader, {}, { limit: 10 }).items.length;
  const [total, shown] = inSnapshot(reader, () => {
    const before = countSignals(reader, {});
    dropSignals(temp);
    return [before, inSnapshot(reader, found)];
  });
  expect([total, shown]).toEqual([3, 3]);
  expect([countSignals(reader, {}), found()]).toEqual([0, 0]);
  reader.close();
});

test('an answer that fails leaves no transaction open', async () => {
  const { add, pass, temp } = await setUpPasses();
  add(1, 'a', [loop]);
  await pass();
  const reader = openReader(temp.file, testOwner);
  const failing = () =>
    inSnapshot(reader, () => {
      countSignals(reader, {});
      throw new Error('no answer');
    });
  expect(failing).toThrow('no answer');
  expect(reader.sqlite.inTransaction).toBe(false);
  dropSignals(temp);
  expect(countSignals(reader, {})).toBe(0);
  reader.close();
});
