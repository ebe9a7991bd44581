import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify, stripVTControlCharacters } from 'node:util';

/** A client that was installed for a test, with a home folder in which nothing is. */

export interface Installed {
  /** The program's path. */
  program: string;
  /** The folder in which it runs. */
  folder: string;
  env: Record<string, string>;
}

/** Installs packages into a folder of their own, with npm as it is set up here. */
export async function installInto(folder: string, ...specs: string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...specs];
  await promisify(execFile)('npm', args, { cwd: folder });
}

/** An environment with an empty home. Programs of this machine are on its PATH, Node first. */
export function emptyHome(home: string): Record<string, string> {
  mkdirSync(join(home, 'project'), { recursive: true });
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return { HOME: home, PATH: path, NO_COLOR: '1', CI: '1' };
}

/** How long a client may take: it starts this server, which starts in a second. */
const patienceMs = 90_000;

/** What the program says on both of its outputs, without colours. */
export async function said(
  { program, folder, env }: Installed,
  args: readonly string[],
  extra: Record<string, string> = {},
): Promise<string> {
  const child = spawn(program, args, { cwd: folder, env: { ...env, ...extra }, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  try {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return stripVTControlCharacters(`${stdout}${stderr}`);
  } finally {
    clearTimeout(timer);
  }
}
