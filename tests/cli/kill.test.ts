import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import { seededRandom } from '../../src/sample/random.ts';
import { fillDemoStory } from '../support/demo-story.ts';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, ended, run, start } from '../support/program.ts';

/** Part of `npm run test:long`; more kills, or others: DUNETRACE_TEST_KILLS=200 DUNETRACE_TEST_SEED=7. */
const { DUNETRACE_TEST_KILLS: wanted } = process.env;
const kills = Number(wanted ?? 6);
const seed = Number(process.env.DUNETRACE_TEST_SEED ?? 1);

/** After so many kills the mirror is begun anew: a first fill writes most. */
const killsAFile = 20;

test.runIf(isLong || wanted !== undefined)(
  `${kills} kills at random moments leave a file that opens at once and is whole`,
  {
    timeout: 60_000 + kills * 15_000,
  },
  async () => {
    const random = seededRandom(seed);
    const api = await startFakeCustomerApi();
    fillDemoStory(api.backend, Date.now() / 1000);
    const place = createPlace(api.url, {
      DUNETRACE_CONCURRENCY: '2',
      DUNETRACE_RPM: '100000',
      DUNETRACE_POLL_SECONDS: '1',
    });
    const owner = { apiUrl: api.url, apiKey: 'dt_dev_test' };
    // A server also writes the details of runs, each in a transaction of its own.
    const server = { env: { ...place.env, DUNETRACE_EVENTS_DAYS: '30' } };
    for (let kill = 0; kill < kills; kill += 1) {
      if (kill % killsAFile === 0)
        for (const suffix of ['', '-wal', '-shm']) rmSync(place.file + suffix, { force: true });
      const isServer = random.chance(0.5);
      const child = isServer ? start([], server) : start(['sync', '--full', '--quiet'], place);
      const exit = ended(child);
      // Most that is written is written between requests; when in between is left to the moment.
      const after = random.integer(1, isServer ? 60 : 14);
      const ms = random.integer(0, 40);
      let seen = 0;
      const there = new Promise<void>((resolve) => {
        const unwatch = api.watch(() => {
          seen += 1;
          if (seen < after) return;
          unwatch();
          resolve();
        });
      });
      // A server that has fetched all asks but once a poll.
      const hasEnough = new AbortController();
      const idle = delay(10_000, undefined, { signal: hasEnough.signal }).catch(() => {});
      await Promise.race([there, once(child, 'exit'), idle]);
      hasEnough.abort();
      await delay(ms);
      child.kill('SIGKILL');
      const { stderr } = await exit;
      const moment = `kill ${kill} of a ${isServer ? 'server' : 'sync'}, ${ms} ms after request ${seen}`;
      expect(stderr, moment).not.toMatch(/warning|damaged|bug/);
      // As `sql` and `status` open it, with nobody there to write.
      const reader = openReader(place.file, owner);
      expect([moment, reader.sqlite.pragma('integrity_check', { simple: true })]).toEqual([moment, 'ok']);
      reader.close();
      // The next server need not wait until the dead one's lease ends.
      const mirror = new Database(place.file);
      mirror.exec('DELETE FROM lease');
      mirror.close();
    }
    expect(await run(['sync', '--quiet'], place)).toEqual({ code: 0, stdout: '', stderr: '' });
    const counted = await run(
      [
        'sql',
        'SELECT (SELECT count(*) FROM v_runs) AS runs, (SELECT count(*) FROM v_signals) AS signals',
        '--format',
        'csv',
      ],
      place,
    );
    expect(counted.stdout).toBe('runs,signals\n1203,237\n');
    expect(readdirSync(dirname(place.file)).filter((name) => name.includes('.corrupt-'))).toEqual([]);
  },
);
