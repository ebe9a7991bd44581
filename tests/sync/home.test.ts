import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openHome } from '../../src/sync/home.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { harmNames, harms } from '../support/harm.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

const holder = { holder: 'a', pid: 1, host: 'h' };

/** `count` processes on one file, as far as their writing goes; `told` is what each of them says of the file. */
function setUp(count: number) {
  const clock = createFakeClock();
  const { file, folder } = createTempMirror(clock);
  const told: string[] = [];
  const log = { info: () => {}, warn: () => {} };
  const open = (apiKey = testOwner.apiKey) => {
    const env = { DUNETRACE_DB: file, DUNETRACE_API_URL: testOwner.apiUrl, DUNETRACE_API_KEY: apiKey };
    const config = readConfig({ env, platform: process.platform, homeDir: folder });
    const home = openHome(config, {
      clock,
      log,
      onHome: ({ happened, refusal }) => told.push(...[happened, refusal].filter((what) => what !== undefined)),
    });
    onTestFinished(home.close);
    return { ...home, config };
  };
  return { file, told, open, homes: Array.from({ length: count }, () => open()) };
}

test('what processes have sent counts in the file that follows one which was deleted, and each request once', () => {
  const { file, homes } = setUp(2);
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
});

test('a fault that comes back after the file could be used again is logged again', () => {
  const clock = createFakeClock();
  const { folder } = createTempMirror(clock);
  const place = join(folder, 'blocked');
  const block = () => writeFileSync(place, '');
  block();
  const env = { DUNETRACE_DB: join(place, 'mirror.db'), DUNETRACE_API_KEY: testOwner.apiKey };
  const config = readConfig({ env, platform: process.platform, homeDir: folder });
  const warnings: string[] = [];
  const home = openHome(config, {
    clock,
    log: { info: () => {}, warn: (warning) => warnings.push(warning) },
    onHome: () => {},
  });
  onTestFinished(home.close);
  expect(warnings).toHaveLength(1);
  rmSync(place);
  clock.advance(3600);
  home.look();
  expect(home.store().file).toBe(config.dbFile);
  rmSync(place, { recursive: true });
  block();
  home.look();
  expect(warnings.filter((warning) => warning === warnings[0])).toHaveLength(2);
});

test.each(harmNames)(
  '%s: the next poll of either process notices, and the old file is moved aside as it is',
  (harm) => {
    const { file, told, homes } = setUp(2);
    const [one, other] = homes;
    one?.store().requestLog.add(1000);
    harms[harm](file);
    const before = readFileSync(file);
    one?.look();
    expect(told).toEqual([
      expect.stringMatching(/ (is damaged|lost its -wal or -shm .*)\. It was moved to \S+, and a new/),
    ]);
    other?.look();
    expect(told).toEqual([expect.anything(), expect.stringContaining('was found damaged and moved to ')]);
    for (const home of homes) {
      home.look();
      expect(home.runNow(({ write, lease }) => write(() => lease.take(holder, 0, 1)))).toBe(true);
    }
    expect(told).toHaveLength(2);
    const aside = readdirSync(dirname(file)).filter((name) => /corrupt-\w+$/.test(name));
    expect(aside).toHaveLength(1);
    // What is in a log that nobody has written over comes into the file.
    if (!harm.endsWith('alone')) expect(readFileSync(join(dirname(file), aside[0] ?? '')).equals(before)).toBe(true);
  },
);

test('who has it open with a key that is not the one the API accepted is refused it then', () => {
  const { told, open } = setUp(0);
  const [mistyped, right] = [open('dt_dev_typo'), open()];
  mistyped.look();
  right.runNow((store) => store.bindKey(right.config));
  mistyped.look();
  right.look();
  expect(told).toEqual([expect.stringContaining('belongs to another API key')]);
  expect(() => mistyped.store()).toThrow('belongs to another API key');
});
