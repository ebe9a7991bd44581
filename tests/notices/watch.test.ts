import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import { MirrorError } from '../../src/errors.ts';
import { createNotices } from '../../src/notices/watch.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { setUpPasses } from '../support/passes.ts';
import { testOwner } from '../support/temp-mirror.ts';

const critical = { failureType: 'COST_SPIKE', severity: 'CRITICAL', stepIndex: 1 } as const;

/** A mirror with one CRITICAL signal, and what watches it. */
async function watched() {
  const passes = await setUpPasses();
  passes.add(1, 'a', [critical]);
  await passes.pass();
  const clock = createFakeClock(passes.clock.now() + 1);
  const open = () => openReader(passes.temp.file, testOwner);
  let reader = open();
  let isBroken = false;
  let asked = 0;
  const warnings: string[] = [];
  const notices = createNotices({
    clock,
    log: { warn: (text) => void warnings.push(text) },
    ensure: {
      reader: async () => {
        asked += 1;
        if (isBroken) throw new MirrorError('unusable', 'broken');
        return reader;
      },
    },
  });
  onTestFinished(() => reader.close());
  /** A session: what it hears, without mere changes unless `all`. */
  const session = ({ all = false } = {}) => {
    const heard: string[] = [];
    const detach = notices.attach((notice) => {
      if (notice.of === 'critical') heard.push(notice.signals.map(({ id }) => `#${id}`).join());
      else if (all || notice.of !== 'changed') heard.push(notice.of);
    });
    onTestFinished(detach);
    return { heard, detach };
  };
  return {
    ...passes,
    warnings,
    session,
    asked: () => asked,
    breakMirror: (broken: boolean) => {
      isBroken = broken;
    },
    closeReader: () => reader.close(),
    reopen: () => {
      reader = open();
    },
    /** The next look, and all that follows from it. */
    look: async () => {
      clock.advance(2);
      passes.clock.advance(2);
      await turn();
    },
    fail: (at: number) =>
      passes.temp.store.syncState.saveFleet({ errorKind: 'unreachable', error: 'It is gone', errorAt: at }),
    now: clock.now,
  };
}

test('all sessions hear of what comes while they are there, each once; nobody watches without one', async () => {
  const { session, look, add, pass, asked, fail, now } = await watched();
  expect(asked()).toBe(0);
  const first = session();
  await look();
  add(1, 'a', [critical]);
  await pass();
  await look();
  await look();
  fail(now());
  await look();
  const second = session();
  expect(first.heard).toEqual(['#2', 'away']);
  expect(second.heard).toEqual(['away']);
  await pass();
  await look();
  expect(first.heard).toEqual(['#2', 'away', 'back']);
  expect(second.heard).toEqual(['away', 'back']);
  first.detach();
  second.detach();
  const before = asked();
  await look();
  expect(asked()).toBe(before);
});

test('watching that begins anew begins with what is there', async () => {
  const { session, look, add, pass, fail, now } = await watched();
  const first = session();
  await look();
  fail(now());
  await look();
  first.detach();
  add(1, 'a', [critical]);
  await pass();
  const second = session();
  await look();
  expect(second.heard).toEqual([]);
});

test('nothing is told of a file in which nothing was committed', async () => {
  const { session, look, add, pass } = await watched();
  const { heard } = session({ all: true });
  await look();
  heard.length = 0;
  await look();
  await look();
  expect(heard).toEqual([]);
  add(1);
  await pass();
  await look();
  expect(heard).toEqual(['changed']);
});

test('a wiped backend, a reader that is closed or replaced, and a broken mirror end nothing', async () => {
  const { session, look, add, pass, backend, breakMirror, closeReader, reopen, warnings } = await watched();
  const { heard } = session();
  await look();
  add(2, 'a', [critical]);
  await pass();
  await look();
  backend.wipe();
  add(1, 'a', [critical]);
  await pass();
  await look();
  expect(heard).toEqual(['#3,#2']);
  breakMirror(true);
  await look();
  breakMirror(false);
  expect(warnings).toEqual([]);
  closeReader();
  await look();
  await look();
  expect(warnings).toHaveLength(1);
  reopen();
  add(1, 'a', [critical]);
  await pass();
  await look();
  expect(heard).toEqual(['#3,#2', '#2']);
});
