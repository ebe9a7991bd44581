import { expect, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import {
  completeAgentId,
  completeFailureType,
  completeRunId,
  completeSignalId,
  matching,
} from '../../src/queries/completions.ts';
import { newestRuns, newestSignals } from '../../src/queries/newest.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { testOwner } from '../support/temp-mirror.ts';

/** Three agents; `quiet` was seen first, `a` last. */
async function filled(runsOfA = 30) {
  const passes = await setUpPasses();
  passes.add(2, 'quiet', [loop]);
  passes.add(40, 'b', [{ ...loop, failureType: 'COST_SPIKE' }]);
  passes.add(runsOfA, 'a', [loop, { ...loop, failureType: 'RETRY_STORM' }]);
  await passes.pass();
  return { ...passes, reader: openReader(passes.temp.file, testOwner) };
}

test('what begins with the text comes before what contains it, in any case, and no more than a hundred', () => {
  expect(matching(['Beta', 'alpha-b', 'b', 'c'], 'B')).toEqual({
    values: ['Beta', 'b', 'alpha-b'],
    total: 3,
    hasMore: false,
  });
  const many = Array.from({ length: 101 }, (_, index) => `agent ${index}`);
  expect(matching(many, '')).toEqual({ values: many.slice(0, 100), total: 101, hasMore: true });
  expect(matching(many, 'nothing of the kind').values).toEqual([]);
});

test('agents are newest seen first, failure types most frequent first', async () => {
  const { reader } = await filled();
  expect(completeAgentId(reader, '').values).toEqual(['a', 'b', 'quiet']);
  expect(completeAgentId(reader, 'UI').values).toEqual(['quiet']);
  expect(completeFailureType(reader, '', undefined).values).toEqual(['COST_SPIKE', 'TOOL_LOOP', 'RETRY_STORM']);
  expect(completeFailureType(reader, 'o', 'b').values).toEqual(['COST_SPIKE']);
  expect(completeFailureType(reader, '', 'no such agent').values).toEqual([]);
});

test('the newest runs and signals are those of all agents, without what is gone', async () => {
  const { reader, add, backend, pass } = await filled();
  expect(newestRuns(reader, 31).map(({ runId }) => runId)).toEqual([
    ...Array.from({ length: 30 }, (_, index) => `run-${72 - index}`),
    'run-42',
  ]);
  expect(newestSignals(reader, 2).map(({ id }) => id)).toEqual([102, 101]);
  add(1, 'quiet');
  backend.dropRun('run-72');
  backend.deleteSignal(102);
  await pass({ full: true });
  expect(newestRuns(reader, 3).map(({ runId, agentId }) => `${runId} of ${agentId}`)).toEqual([
    'run-73 of quiet',
    'run-71 of a',
    'run-70 of a',
  ]);
  expect(newestSignals(reader, 1)).toMatchObject([
    { id: 101, agentId: 'a', failureType: 'TOOL_LOOP', severity: 'HIGH' },
  ]);
});

test('run ids are found by prefix, the newest first, however old; signal ids by their digits', async () => {
  const { reader } = await filled(250);
  expect(completeRunId(reader, 'run-29')).toEqual({
    values: ['run-292', 'run-291', 'run-290', 'run-29'],
    total: 4,
    hasMore: false,
  });
  // None of these is among the newest that are looked at.
  const old = ['run-7', ...Array.from({ length: 10 }, (_, index) => `run-7${index}`)];
  expect(completeRunId(reader, 'run-7')).toEqual({ values: old, total: 11, hasMore: false });
  expect(completeRunId(reader, '')).toMatchObject({ total: 292, hasMore: true, values: { length: 100 } });
  expect(completeRunId(reader, '%')).toEqual({ values: [], total: 0, hasMore: false });
  expect(completeSignalId(reader, '54')).toEqual({
    values: ['542', '541', '540', '54'],
    total: 4,
    hasMore: false,
  });
  expect(completeSignalId(reader, '')).toMatchObject({ total: 542, hasMore: true, values: { length: 100 } });
  for (const typed of ['#1', '-1', '0', '1e3', '1'.repeat(17), 'x', '\u0000']) {
    expect(completeSignalId(reader, typed).values).toEqual([]);
  }
});

test('past a thousand, nobody counts: the total is that of the lists, or left out', async () => {
  const { reader } = await filled(1000);
  expect(completeRunId(reader, '')).toMatchObject({ total: 1042, hasMore: true });
  const prefix = completeRunId(reader, 'run-');
  expect(prefix).toMatchObject({ hasMore: true, values: { length: 100 } });
  expect(prefix.total).toBe(undefined);
  expect(completeSignalId(reader, '')).toMatchObject({ total: 2042, hasMore: true });
  const digits = completeSignalId(reader, '1');
  expect(digits.total).toBe(undefined);
  expect(digits).toMatchObject({ hasMore: true, values: { length: 100 } });
});
