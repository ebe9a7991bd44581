import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openHome } from '../../src/sync/home.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

test('what processes have sent counts in the file that follows one which was deleted, and each request once', () => {
  const clock = createFakeClock();
  const { file, folder } = createTempMirror(clock);
  const config = readConfig({
    env: { DUNETRACE_DB: file, DUNETRACE_API_URL: testOwner.apiUrl, DUNETRACE_API_KEY: testOwner.apiKey },
    platform: process.platform,
    homeDir: folder,
  });
  const log = { info: () => {}, warn: () => {} };
  const homes = [0, 1].map(() => openHome(config, { clock, log, onHome: () => {} }));
  const [one, other] = homes.map((home) => home.store().requestLog);
  one?.add(1000);
  other?.add(2000.5);
  one?.add(3000);
  rmSync(file);
  for (const home of homes) home.look();
  expect(homes.map((home) => home.store().requestLog.times().toSorted())).toEqual([
    [1000, 2000.5, 3000],
    [1000, 2000.5, 3000],
  ]);
  for (const home of homes) home.close();
});
