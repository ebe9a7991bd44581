import { expect } from 'vitest';
import { runPass } from '../../src/sync/pass.ts';
import { SampleBackend } from './customer-api/backend.ts';
import { fillDemoStory } from './demo-story.ts';
import { createFakeClock } from './fake-clock.ts';
import { createInProcessClient } from './in-process-api.ts';
import { readDetails } from './reads-details.ts';
import { createTempMirror, type TempMirror } from './temp-mirror.ts';

/** 2026-05-28 20:26:40 UTC. */
const demoTime = 1_780_000_000;

/** A mirror of the demo's API, with the events of its runs, at a time that is the same in each test. */
export async function createDemoMirror(): Promise<TempMirror> {
  const clock = createFakeClock(demoTime, { autoAdvance: true });
  const backend = new SampleBackend({ generation: 3, now: clock.now });
  fillDemoStory(backend, demoTime);
  const temp = createTempMirror(clock);
  const { store, mirror } = temp;
  const client = createInProcessClient(backend, () => undefined);
  const log = { info: () => {}, warn: (text: string) => expect.fail(text) };
  await runPass({ client, store, clock, log, settleSeconds: 300, concurrency: 1 }, {});
  await readDetails({ backend, clock, store });
  // The time that statements ask for.
  mirror.sqlite.function('unixepoch', { deterministic: true }, () => demoTime);
  return temp;
}
