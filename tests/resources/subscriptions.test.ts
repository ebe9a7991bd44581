import { expect, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import { MirrorError } from '../../src/errors.ts';
import { createSubscriptions, maxSubscriptions } from '../../src/resources/subscriptions.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { testOwner } from '../support/temp-mirror.ts';

/** A mirror of one agent with three runs, and a session that has subscribed to the oldest. */
async function subscribed() {
  const passes = await setUpPasses();
  const runIds = passes.add(3, 'a', [loop]);
  await passes.pass();
  const open = () => openReader(passes.temp.file, testOwner);
  let reader = open();
  let isBroken = false;
  const told: string[] = [];
  const subscriptions = createSubscriptions(
    async () => {
      if (isBroken) throw new MirrorError('unusable', 'broken');
      return reader;
    },
    (uri) => told.push(uri),
  );
  await subscriptions.add('dunetrace://runs/run-1');
  return {
    ...passes,
    runIds,
    subscriptions,
    breakMirror: (broken: boolean) => {
      isBroken = broken;
    },
    reopen: () => {
      reader.close();
      reader = open();
    },
    /** What a check tells of. */
    check: async () => {
      told.length = 0;
      await subscriptions.check();
      return [...told];
    },
  };
}

test('passes that change nothing change no fingerprint, be they full', async () => {
  const { subscriptions, check, pass } = await subscribed();
  await subscriptions.add('dunetrace://agents/a');
  await subscriptions.add('dunetrace://signals/1');
  await pass();
  await pass({ full: true });
  expect(await check()).toEqual([]);
});

test('a signal that comes, changes or goes changes what its agent, its run and itself show', async () => {
  const { subscriptions, check, pass, backend } = await subscribed();
  for (const uri of [
    'dunetrace://agents/a',
    'dunetrace://signals/1',
    'dunetrace://signals/4',
    'dunetrace://runs/run-2',
  ])
    await subscriptions.add(uri);
  backend.analyse('run-1', [loop]);
  await pass();
  expect(await check()).toEqual(['dunetrace://runs/run-1', 'dunetrace://agents/a', 'dunetrace://signals/4']);
  expect(await check()).toEqual([]);
  backend.setAlerted(1);
  await pass({ full: true });
  expect(await check()).toEqual(['dunetrace://runs/run-1', 'dunetrace://agents/a', 'dunetrace://signals/1']);
  backend.deleteSignal(4);
  await pass({ full: true });
  expect(await check()).toEqual(['dunetrace://runs/run-1', 'dunetrace://agents/a', 'dunetrace://signals/4']);
});

test('a reader that is replaced, and a mirror that can not be read for a while, are no change', async () => {
  const { subscriptions, check, breakMirror, reopen } = await subscribed();
  reopen();
  expect(await check()).toEqual([]);
  breakMirror(true);
  await subscriptions.add('dunetrace://runs/run-2');
  expect(await check()).toEqual([]);
  breakMirror(false);
  expect(await check()).toEqual([]);
});

test('a session has so many subscriptions and no more; the same one counts once', async () => {
  const { subscriptions } = await subscribed();
  for (let n = 1; n < maxSubscriptions; n += 1) await subscriptions.add(`dunetrace://signals/${n}`);
  await subscriptions.add('dunetrace://signals/1');
  await expect(subscriptions.add('dunetrace://agents/b')).rejects.toThrow('1000 resources');
  subscriptions.remove('dunetrace://signals/1');
  subscriptions.remove('dunetrace://never/there');
  await subscriptions.add('dunetrace://agents/b');
  await subscriptions.check();
});
