import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { openReader, type Reader } from '../../src/db/open.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from './fake-clock.ts';
import { freePort } from './loopback.ts';
import { createPlace } from './program.ts';

/**
 * Answers of real backends, with what these computed themselves. They are no part of this repository: tests that need
 * them are skipped where they do not lie beside it, or in the folder that DUNETRACE_TEST_RECORDINGS names.
 */
const beside = fileURLToPath(new URL('../../../shared/customer-api', import.meta.url));
const recordings = `${process.env.DUNETRACE_TEST_RECORDINGS ?? beside}/`;
const folders = { 1: 'recorded', 3: 'recorded-3' } as const;
export type RecordedGeneration = keyof typeof folders;

const fileOf = (generation: RecordedGeneration, name: string) => `${recordings}${folders[generation]}/${name}`;

export const isRecorded = (generation: RecordedGeneration): boolean => existsSync(fileOf(generation, 'agents.json'));

export const recordedJson = (generation: RecordedGeneration, name: string): unknown =>
  JSON.parse(readFileSync(fileOf(generation, name), 'utf8'));

export const recordedRows = (generation: RecordedGeneration, name: string): unknown[] =>
  readFileSync(fileOf(generation, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

interface ServeOptions {
  /** Paths that answer 404. */
  without?: readonly string[];
  /** As if it had been recorded now. */
  rebase?: boolean;
}

/** Serves a recording until the test ends. @returns its URL. */
export async function serveRecording(
  generation: RecordedGeneration,
  { without = [], rebase = false }: ServeOptions = {},
): Promise<string> {
  const port = await freePort();
  const options = [
    ...['--generation', String(generation), '--port', String(port), '--without', without.join(',')],
    ...(rebase ? ['--rebase'] : []),
  ];
  const child = spawn(process.execPath, [`${recordings}serve.mjs`, ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => {
    child.kill();
  });
  // It says where it listens once it does.
  await once(child.stderr, 'data');
  return `http://127.0.0.1:${port}`;
}

/** A mirror of all that the API at `url` has at `now` (Unix seconds), with the events of these runs. */
export async function mirrorOf(url: string, now: number, runIds: readonly string[]): Promise<Reader> {
  const { env, file, folder } = createPlace(url, { DUNETRACE_RPM: '100000' });
  const config = readConfig({ env, platform: 'linux', homeDir: folder });
  const clock = createFakeClock(now, { autoAdvance: true });
  const syncer = openSyncer(config, { clock, random: () => 0.5, log: { info: () => {}, warn: () => {} } });
  await syncer.fleet();
  for (const runId of runIds) await syncer.run(runId);
  await syncer.close();
  const reader = openReader(file, config);
  onTestFinished(() => reader.close());
  return reader;
}

const started = z.object({
  run_id: z.string(),
  events: z.array(z.object({ event_type: z.string(), payload: z.record(z.string(), z.unknown()) })),
});

/** The server's names of inputs, which are the MD5 of their texts, by those of the mirror. */
export function inputNames(reader: Reader, generation: RecordedGeneration): Map<string, string> {
  const inputOf = reader.sqlite.prepare<[string], string | null>('select input from runs where run_id = ?').pluck();
  return new Map(
    recordedRows(generation, 'run-details.ndjson').flatMap((row): [string, string][] => {
      const { run_id, events } = started.parse(row);
      const text = events.find(({ event_type }) => event_type === 'run.started')?.payload.input_text;
      const ours = inputOf.get(run_id);
      return typeof text === 'string' && ours ? [[ours, createHash('md5').update(text).digest('hex')]] : [];
    }),
  );
}
