import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { schemaVersion } from '../../src/db/migrate.ts';
import { download } from '../../src/handover/download.ts';
import { schemaHeader } from '../../src/handover/sending.ts';
import { readSource } from '../../src/handover/source.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { serveAs, token } from '../support/handover.ts';

/** How a mirror is downloaded; what servers may send instead is in tests/cli/sync-from.test.ts. */

function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-download-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createFakeClock(1_780_000_000);
  const file = join(folder, 'sent.db');
  const from = (url: string, onBytes: (bytes: number) => void = () => {}) => {
    const { signal } = new AbortController();
    return download(readSource(url, token), file, { proxyEnv: {}, maxBytes: 1e6, clock, signal, onBytes });
  };
  return { clock, file, from };
}

test('a server that sends next to nothing for a minute is given up', async () => {
  const { clock, from } = setUp();
  const url = await serveAs((_, res) => {
    res.writeHead(200, { [schemaHeader]: schemaVersion() });
    res.write(gzipSync('a beginning').subarray(0, 12));
  });
  let begun = () => {};
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const downloaded = from(url, () => begun());
  const refused = expect(downloaded).rejects.toThrow('sent next to nothing for 60 s');
  await begins;
  clock.advance(61);
  await refused;
});

test('the token goes to the path of the mirror, wherever the server’s URL leads', async () => {
  const { file, from } = setUp();
  const seen: (string | undefined)[] = [];
  const url = await serveAs((req, res) => {
    seen.push(req.url, req.headers.authorization);
    res.writeHead(200, { [schemaHeader]: schemaVersion() }).end(gzipSync('a mirror'));
  });
  await from(`${url}/team/mcp`);
  expect(seen).toEqual(['/team/mirror', `Bearer ${token}`]);
  expect(existsSync(file)).toBe(true);
  expect(
    ['', '/', '/mcp', '/sse', '/mirror', '/mirror/'].map((path) => readSource(url + path, token).url.href),
  ).toEqual(Array.from({ length: 6 }, () => `${url}/mirror`));
});
