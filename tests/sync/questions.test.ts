import { expect, test } from 'vitest';
import { runQuestion } from '../../src/sync/questions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

const run = {
  runId: 'r',
  agentVersion: 'v1',
  startedAt: 1000,
  completedAt: 1010,
  exitReason: 'run.completed',
  stepCount: 9,
  signalCount: 1,
  hasSignals: true,
  totalTokens: 4200,
  costUsd: 0.125,
  extra: null,
};

test.each([
  [1, true],
  [3, false],
])('a listed run that has its detail is final in generation %i: %s', (generation, isFinal) => {
  const { store, mirror } = createTempMirror(createFakeClock());
  const ask = () => runQuestion(mirror, 'r');
  const agent = store.agents.ensure('a');
  const list = (changes = {}) =>
    store.write(() => store.runs.put({ ...run, ...changes }, store.runs.lookup(['r']).get('r'), { agent, pass: 1 }));
  store.write(() => store.apiState.save({ generation, generationAt: 1 }));
  store.write(() => store.runs.putDetail(run, agent, 1));
  expect([ask().isHeld(mirror), ask().isFinal]).toEqual([true, false]);
  list();
  expect([ask().isHeld(mirror), ask().isFinal]).toEqual([true, isFinal]);
  list({ stepCount: 10 });
  expect(ask().isHeld(mirror)).toBe(false);
});
