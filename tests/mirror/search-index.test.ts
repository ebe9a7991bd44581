import { expect, test } from 'vitest';
import type { SignalRow } from '../../src/lists/signals.ts';
import { parseTerms } from '../../src/queries/full-text.ts';
import { countSignals, findSignals } from '../../src/queries/signals.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

/** Explanations are kept once, and words are found for as long as a signal holds them. */

function openWorld() {
  const temp = createTempMirror(createFakeClock(0));
  const { store, mirror } = temp;
  const agent = store.write(() => store.agents.ensure('a'));
  const put = (id: number, row: Partial<SignalRow>) => {
    const signal = { ...bareSignal, detectedAt: 5, failureType: 'TOOL_LOOP', severity: 'HIGH', ...row, id, runId: 'r' };
    const known = store.signals.lookup([signal]).get(id);
    store.signals.put(signal, known, { agent, pass: 1 });
  };
  const found = (query: string) => {
    const terms = parseTerms(query);
    const { items, total } = findSignals(mirror, { terms }, { limit: 10 });
    expect(countSignals(mirror, { terms })).toBe(total);
    return items.map(({ id }) => id);
  };
  const explanations = () => mirror.sqlite.prepare('select count(*) from explanations').pluck().get();
  return { ...temp, agent, put, found, explanations };
}

test('an explanation that many signals share is stored once, and found with each of them', () => {
  const { store, put, found, explanations } = openWorld();
  store.write(() => {
    for (let id = 1; id <= 5; id += 1)
      put(id, { title: 'Same call', what: 'again and again', evidence: `{"n":${id}}` });
    put(6, { title: 'Same call', what: 'otherwise' });
  });
  expect(explanations()).toBe(2);
  expect(found('same')).toEqual([6, 5, 4, 3, 2, 1]);
  expect(found('again same')).toEqual([5, 4, 3, 2, 1]);
  expect(found('"n 3"')).toEqual([3]);
});

test('what a signal no longer holds is not found any more', () => {
  const { store, agent, put, found, explanations } = openWorld();
  store.write(() => put(1, { title: 'before', evidence: '{"word":"early"}' }));
  store.write(() => put(1, { title: 'after', evidence: '{"word":"late"}' }));
  expect([found('early'), found('late'), found('before'), found('after')]).toEqual([[], [1], [], [1]]);
  store.write(() => store.removeUnusedExplanations());
  expect(explanations()).toBe(1);
  store.write(() => {
    put(2, { evidence: '{"word":"late"}' });
    store.signals.removeUnseen(agent, 2);
    store.removeUnusedExplanations();
  });
  expect([found('late'), found('after'), explanations()]).toEqual([[], [], 0]);
  // The same number again, and another text: nothing of the first is left in the index.
  store.write(() => put(1, { title: 'anew', evidence: '{"word":"third"}' }));
  expect([found('late'), found('third'), found('anew')]).toEqual([[], [1], [1]]);
});

test('a text of a transaction that was rolled back is stored by the next', () => {
  const { store, put, found } = openWorld();
  const failing = () =>
    store.write(() => {
      put(1, { title: 'kept in mind', evidence: '{"word":"lost"}' });
      throw new Error('rolled back');
    });
  expect(failing).toThrow('rolled back');
  store.write(() => put(2, { title: 'kept in mind' }));
  expect([found('mind'), found('lost')]).toEqual([[2], []]);
});

test('texts that hold what UTF-8 can not, or a NUL, are stored and found', () => {
  const { store, put, found } = openWorld();
  store.write(() => put(1, { title: 'one \ud800 two\u0000three' }));
  store.write(() => put(1, { title: 'four' }));
  expect([found('two'), found('three'), found('four')]).toEqual([[], [], [1]]);
});

test.each(['支付', '失败', '付失', '支付失败', 'payment 支付', '支付*'])(
  'a part of a run of Chinese is found: %s',
  (query) => {
    const { store, put, found } = openWorld();
    store.write(() => {
      put(1, { title: '支付失败', what: 'payment failed' });
      put(2, { title: '付款', evidence: '{"note":"他支付失败了 payment"}' });
      put(3, { title: '失 支 败 付' });
    });
    expect(found(query)).toEqual([2, 1]);
  },
);
