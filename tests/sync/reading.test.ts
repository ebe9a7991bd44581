import { expect, onTestFinished, test } from 'vitest';
import { openMirror } from '../../src/mirror/open.ts';
import { createReading } from '../../src/sync/reading.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createPlace } from '../support/program.ts';

test('a syncer that has failed leaves a mirror that can be read, and every answer says why', async () => {
  const { file } = createPlace('http://api.test');
  const config = { dbFile: file, apiUrl: 'http://api.test', apiKey: 'dt_dev_test' };
  const clock = createFakeClock(0);
  const { mirror } = openMirror(file, config, clock);
  onTestFinished(mirror.close);
  const failure = { kind: 'bug', message: 'the syncer failed: no room' };
  const thread = {
    begin: () => {},
    isBegun: () => true,
    opened: Promise.resolve(),
    look: () => Promise.resolve(),
    failure: () => failure,
  };
  const reading = createReading({ clock, config, thread: () => thread });
  await expect(reading.reader()).rejects.toThrow(failure.message);
  reading.hear({ file, isTemporary: false }, false);
  expect((await reading.reader()).file).toBe(file);
  const freshness = { source: 'mirror', synced_at: null, age_seconds: null, stale: true, covered: true } as const;
  expect(reading.tell(freshness).note).toBe(failure.message);
  expect(reading.tell({ ...freshness, note: failure.message }).note).toBe(failure.message);
  reading.close();
});
