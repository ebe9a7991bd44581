import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The program as it is shipped; tests/support/build.ts has just compiled it. */
export const mainScript = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Place {
  readonly folder: string;
  readonly file: string;
  /** The environment of a process of the program: nothing of the tester's own but the path. */
  readonly env: Record<string, string>;
}

/** An empty home folder, and an environment that points the program to it and to the API at `apiUrl`. */
export function createPlace(apiUrl: string, extra: Record<string, string> = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-place-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'data', 'mirror.db');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? folder,
    DUNETRACE_API_URL: apiUrl,
    DUNETRACE_DB: file,
    DUNETRACE_TIMEOUT_SECONDS: '5',
    // On a busy machine an answer may take longer than the budget; what it says then is for the tests about that.
    DUNETRACE_LIVE_BUDGET_MS: '20000',
    // Tests count requests; those of run details are for the tests about them.
    DUNETRACE_EVENTS_DAYS: '0',
    ...extra,
  };
  return { folder, file, env };
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the program; it is killed, by id, should it outlive its test. */
export function start(
  args: readonly string[],
  { env }: Pick<Place, 'env'>,
  workDir?: string,
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [mainScript, ...args], { env, cwd: workDir });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** What a started program printed, and how it ended. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}

/** Runs the program to its end, with nothing on stdin. */
export function run(args: readonly string[], place: Pick<Place, 'env'>): Promise<Ended> {
  const child = start(args, place);
  child.stdin.end();
  return ended(child);
}
