import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** What can only be seen between processes. */

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunetrace-processes-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What opens the mirror, as a module of an installation in `folder`, without node_modules. @returns its file. */
async function installModule(): Promise<string> {
  cpSync(join(root, 'migrations'), join(folder, 'migrations'), { recursive: true });
  const outfile = join(folder, 'dist', 'open.mjs');
  const entryPoints = [join(root, 'src/db/open.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', external: ['better-sqlite3'] });
  return outfile;
}

/** Opens the mirror `file` once a line arrives on stdin, adds a row and prints what came of it as JSON. */
const program = (openModule: string, file: string) => `
  import { once } from 'node:events';
  const { openMirror } = await import(${JSON.stringify(pathToFileURL(openModule).href)});
  const clock = { now: () => 1778678340.5, monotonic: () => 0, sleep: async () => {} };
  process.stdout.write('ready\\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  try {
    const { mirror, warning } = openMirror(${JSON.stringify(file)}, { apiUrl: 'http://x', apiKey: 'k' }, clock);
    mirror.write(() => mirror.sqlite.prepare('insert into names (name) values (?)').run(String(process.pid)));
    const owners = mirror.sqlite.prepare('select count(*) from mirror_meta').pluck().get();
    mirror.close();
    console.log(JSON.stringify({ owners, warning }));
  } catch (error) {
    console.log(JSON.stringify({ name: error.name, kind: error.kind, message: error.message }));
  }`;

/** Starts `count` processes of that program and lets them go at the same moment; @returns what each printed. */
async function runTogether(source: string, count: number): Promise<unknown[]> {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const first = await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  for (const { stdin } of children) stdin.end('go\n');
  const printed = await Promise.all(children.map(({ stdout }) => text(stdout)));
  return printed.map((rest, index) => JSON.parse(`${first[index]}${rest}`.replace('ready\n', '')));
}

test('several processes that open the same new file at once all get one whole mirror', async () => {
  const module = await installModule();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (let round = 0; round < 3; round += 1) {
    const file = join(folder, `round-${round}`, 'mirror.db');
    const outcomes = await runTogether(program(module, file), 3);
    expect(outcomes).toEqual([{ owners: 1 }, { owners: 1 }, { owners: 1 }]);
    expect(readdirSync(join(folder, `round-${round}`))).toEqual(['mirror.db']);
  }
});

describe('an addon that does not load', () => {
  /** An installation whose better-sqlite3 has the addon `bytes`, or none. */
  function install(bytes: string | undefined): Promise<string> {
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name !== 'better-sqlite3') symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
    const broken = join(modules, 'better-sqlite3');
    const binaries = join(broken, 'prebuilds');
    mkdirSync(binaries, { recursive: true });
    for (const name of ['package.json', 'lib']) {
      cpSync(join(root, 'node_modules', 'better-sqlite3', name), join(broken, name), { recursive: true });
    }
    const platforms = readdirSync(join(root, 'node_modules', 'better-sqlite3', 'prebuilds'));
    if (bytes !== undefined) for (const name of platforms) writeFileSync(join(binaries, name), bytes);
    return installModule();
  }

  test.each([
    ['is no addon', 'built for the Moon'],
    ['is missing', undefined],
  ])('because it %s: one sentence that names the fix', async (_, bytes) => {
    const [outcome] = await runTogether(program(await install(bytes), join(folder, 'mirror.db')), 1);
    expect(outcome).toEqual({
      name: 'MirrorError',
      kind: 'addon',
      message: `SQLite does not load in Node ${process.version} on ${process.platform}-${process.arch}: its binary is missing or damaged. Install dunetrace-mcp again; better-sqlite3, which it comes with, has binaries for Linux, macOS and Windows on x64 and arm64.`,
    });
  });
});
