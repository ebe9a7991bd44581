import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ApiError, MirrorError, UsageError } from '../src/errors.ts';
import { openLog } from '../src/log.ts';
import { createFakeClock } from './support/fake-clock.ts';

function place() {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const written: string[] = [];
  const deps = { write: (line: string) => void written.push(line), clock: createFakeClock(1_780_000_000), pid: 42 };
  return { folder, file: join(folder, 'work.log'), written, deps };
}

const linesIn = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('without a target there are no events, so that their facts are not even made', () => {
  const { deps, written } = place();
  const log = openLog('none', deps);
  expect(log.event).toBeUndefined();
  log.warn('it rains');
  expect(written).toEqual(['dunetrace-mcp: warning: it rains\n']);
});

test('on stderr an event is a plain line, and no control character gets through', () => {
  const { deps, written } = place();
  openLog('stderr', deps).event?.('pass', { agent: 'a b\u001b[2J"\n', agents: 2, gone: undefined, whole: true });
  expect(written).toEqual(['dunetrace-mcp: pass agent="a b\\" " agents=2 whole=true\n']);
});

test('in a file it is a line of JSON, with the time and the process, for its owner alone', () => {
  const { deps, file, written } = place();
  const log = openLog({ file }, deps);
  log.event?.('request', { path: '/v1/agents', status: 200, ms: 3 });
  log.info('passes succeed again');
  openLog({ file }, { ...deps, pid: 43 }).event?.('lease_taken', {});
  expect(linesIn(file)).toEqual([
    {
      at: '2026-05-28T20:26:40.000Z',
      level: 'info',
      event: 'request',
      pid: 42,
      path: '/v1/agents',
      status: 200,
      ms: 3,
    },
    { at: '2026-05-28T20:26:40.000Z', level: 'info', event: 'message', pid: 42, message: 'passes succeed again' },
    { at: '2026-05-28T20:26:40.000Z', level: 'info', event: 'lease_taken', pid: 43 },
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(written).toEqual(['dunetrace-mcp: passes succeed again\n']);
});

test("a file has the kind of an error, and not the words of a server's answer", () => {
  const { deps, file, written } = place();
  const log = openLog({ file }, deps);
  const refused = new ApiError('server_error', 'http://x/v1 answered 500: quokka $& order');
  log.warn(`a look failed (${refused.message}); the next tries again`, refused);
  log.warn(new MirrorError('unusable', '/m.db is locked').message, new MirrorError('unusable', '/m.db is locked'));
  const bug = new TypeError('can not read quokka');
  log.warn(`a pass failed: ${bug.stack}`, bug);
  const said = readFileSync(file, 'utf8');
  expect(linesIn(file)).toMatchObject([
    { level: 'warn', message: 'a look failed (the API: server_error); the next tries again' },
    { message: '/m.db is locked' },
    { message: expect.stringMatching(/^a pass failed: TypeError\n +at /) },
  ]);
  expect(said).not.toContain('quokka');
  expect(written.join('')).toContain('quokka');
});

test('a file that can not be written is a usage error at once', () => {
  const { deps, folder } = place();
  for (const file of [folder, join(folder, 'none', 'work.log'), '/dev/null'])
    expect(() => openLog({ file }, deps)).toThrow(UsageError);
  expect(() => openLog({ file: join(folder, 'none', 'work.log') }, deps)).toThrow(
    /DUNETRACE_LOG names .*work\.log, which can't be written \(ENOENT\)\. Name a file in a folder that is there, or stderr\./,
  );
});

test('what was emptied is written from its beginning: logrotate may copy and truncate', () => {
  const { deps, file } = place();
  const log = openLog({ file }, deps);
  log.event?.('first', {});
  truncateSync(file);
  log.event?.('second', {});
  expect(linesIn(file)).toMatchObject([{ event: 'second' }]);
});
