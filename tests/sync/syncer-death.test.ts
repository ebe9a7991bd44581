import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openLog } from '../../src/log.ts';
import { startSyncer } from '../../src/sync/ensure.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

/** Threads that die of what threads die of, and one that lives. */
const deaths = {
  'of memory': `const all = []; for (;;) all.push(new Array(100_000).fill(all.length));`,
  'by an error': `throw new Error('it has a cold')`,
  'by its end': `process.exit(3)`,
};

/** A server's syncer whose threads run these scripts in turn, the last one from then on. */
function setUp(...scripts: (string | Error)[]) {
  const clock = createFakeClock();
  const temp = createTempMirror(clock);
  const surroundings = {
    env: { DUNETRACE_DB: temp.file, DUNETRACE_API_URL: testOwner.apiUrl, DUNETRACE_API_KEY: testOwner.apiKey },
    platform: process.platform,
    homeDir: temp.folder,
  };
  const listeners: (() => void)[] = [];
  const warnings: string[] = [];
  const logFile = join(temp.folder, 'work.log');
  const file = openLog({ file: logFile }, { write: () => {}, clock, pid: 1 });
  let begun = 0;
  const state = { file: temp.file, isTemporary: false };
  const alive = `
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage({ say: 'home', state: workerData, isReopened: true });
    parentPort.on('message', ({ say, ask }) => {
      if (say === 'stop') process.exit(0);
      if (ask !== undefined) parentPort.postMessage({ say: 'synced', ask });
    });`;
  const ensure = startSyncer({
    clock,
    config: readConfig(surroundings),
    surroundings,
    log: {
      info: () => {},
      warn: (message, error) => {
        file.warn(message, error);
        warnings.push(message);
        for (const heard of listeners.splice(0)) heard();
      },
    },
    newThread: () => {
      const script = scripts[Math.min(begun, scripts.length - 1)] ?? 'alive';
      begun += 1;
      if (script instanceof Error) throw script;
      const resourceLimits = { maxOldGenerationSizeMb: 16 };
      return new Worker(script === 'alive' ? alive : script, { eval: true, workerData: state, resourceLimits });
    },
  });
  onTestFinished(ensure.stop);
  return {
    clock,
    ensure,
    warnings,
    logged: () => readFileSync(logFile, 'utf8'),
    begun: () => begun,
    /** Comes back once so many deaths were told to the log. */
    died: async (count: number) => {
      while (warnings.length < count) await new Promise<void>((resolve) => listeners.push(resolve));
    },
  };
}

type Ensure = ReturnType<typeof setUp>['ensure'];

/** What an answer says besides. As with a tool, a question whose connection a new thread has closed is asked again. */
async function note(ensure: Ensure): Promise<string | undefined> {
  try {
    return await ensure.asItIs((_, { freshness }) => freshness.note);
  } catch (error) {
    if (!(await ensure.recover(error))) throw error;
    return note(ensure);
  }
}

test.each(Object.entries(deaths))(
  'a syncer that dies %s is told of in each answer, and started anew',
  async (_, script) => {
    const w = setUp(script, 'alive');
    w.clock.advance(1);
    await w.died(1);
    expect(w.warnings[0]).toMatch(/^The syncer .+ The syncer restarts at \d\d:\d\d:\d\d UTC\.$/);
    expect(await note(w.ensure)).toBe(w.warnings[0]);
    expect(await w.ensure.isPolled()).toBe(false);
    w.clock.advance(1);
    while ((await note(w.ensure))?.includes('restarts at')) await new Promise(setImmediate);
    expect(w.begun()).toBe(2);
    const asked = await w.ensure.refresh(undefined, { signal: new AbortController().signal, onProgress: () => {} });
    expect(asked.trouble).toBeUndefined();
    expect(asked.freshness.note).toMatch(/The syncer was restarted\.$/);
    expect(await w.ensure.isPolled()).toBe(true);
    w.clock.advance(60);
    expect(await note(w.ensure)).toBeUndefined();
    // Nothing polls after all: the thread that lives here does no more than answer.
    expect(await w.ensure.isPolled()).toBe(false);
  },
);

const failed = { say: 'failed', trouble: { kind: 'bug', message: 'a quokka' }, isFinal: false };

test.each([
  ['starts', new RangeError('a quokka'), 'RangeError'],
  ['runs', `throw new RangeError('a quokka')`, 'RangeError'],
  ['polls', `require('node:worker_threads').parentPort.postMessage(${JSON.stringify(failed)})`, 'an error'],
])(
  'the log in a file has the kind of an error by which it dies as it %s, and not its words',
  async (_, script, kind) => {
    const w = setUp(script);
    w.clock.advance(1);
    await w.died(1);
    expect(w.warnings[0]).toContain('a quokka');
    expect(w.logged()).toContain(kind);
    expect(w.logged()).not.toContain('quokka');
  },
);

test('the pause before it is started anew grows, up to a minute', async () => {
  const w = setUp(new Error('EMFILE: too many open files'));
  w.clock.advance(1);
  await w.died(1);
  expect(w.warnings[0]).toContain("The syncer can't start: EMFILE: too many open files.");
  for (const [deaths, pause] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
    w.clock.advance(pause - 0.001);
    await new Promise(setImmediate);
    expect(w.begun()).toBe(deaths + 1);
    w.clock.advance(0.001);
    await w.died(deaths + 2);
  }
});

test('a question that waits for a sync is answered when the syncer dies', async () => {
  const w = setUp(
    `require('node:worker_threads').parentPort.on('message', () => process.exit(1));
     require('node:worker_threads').parentPort.postMessage({ say: 'home', state: require('node:worker_threads').workerData, isReopened: true });`,
  );
  const { trouble } = await w.ensure.refresh(undefined, { signal: new AbortController().signal, onProgress: () => {} });
  expect(trouble).toMatchObject({ kind: 'bug', message: expect.stringContaining('The syncer ended (exit code 1).') });
});
