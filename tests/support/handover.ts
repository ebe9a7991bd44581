import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { schemaVersion } from '../../src/db/migrate.ts';
import { copyMirror } from '../../src/handover/copy.ts';
import { schemaHeader } from '../../src/handover/sending.ts';
import { fillDemoStory } from './demo-story.ts';
import { startFakeCustomerApi } from './fake-customer-api.ts';
import { serveOnLoopback } from './loopback.ts';
import { startHttpServer } from './mcp-client.ts';
import { createPlace, type Place, run } from './program.ts';

export const token = 'a-token-of-enough-characters';

const settings = { DUNETRACE_HTTP_TOKEN: token, DUNETRACE_RPM: '100000', DUNETRACE_POLL_SECONDS: '3600' };

/** An API, and the place of a mirror that a first sync has filled from it. */
export async function setUpTeam() {
  const api = await startFakeCustomerApi({ generation: 3 });
  fillDemoStory(api.backend, Date.now() / 1000);
  const theirs = createPlace(api.url, settings);
  const first = await run(['sync', '--quiet'], theirs);
  if (first.code !== 0) throw new Error(first.stderr);
  const serve = (extra: Record<string, string> = {}) => startHttpServer({ env: { ...theirs.env, ...extra } });
  return { api, theirs, serve, newPlace: (extra: Record<string, string> = {}) => newPlace(api.url, extra) };
}

/** The place of somebody who has no mirror yet. */
export const newPlace = (apiUrl: string, extra: Record<string, string> = {}): Place =>
  createPlace(apiUrl, { ...settings, ...extra });

/** `sync --from`, to its end. */
export const take = (place: Pick<Place, 'env'>, url: string, ...args: string[]) =>
  run(['sync', '--from', url, ...args], place);

/** What a server would send of a mirror, changed by these statements. */
export function sentBytes(mirror: string, ...statements: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-spoilt-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'sent.db');
  copyMirror(mirror, file);
  const sqlite = new Database(file);
  for (const statement of statements) sqlite.exec(statement);
  sqlite.close();
  return gzipSync(readFileSync(file));
}

/** A server of anybody's. */
export const serveAs = (listener: RequestListener): Promise<string> => serveOnLoopback(createServer(listener));

/** One that sends these bytes for a mirror. */
export const serveBytes = (bytes: Buffer): Promise<string> =>
  serveAs((_, res) => {
    res.writeHead(200, { [schemaHeader]: schemaVersion() }).end(bytes);
  });
