import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createPlace, mainScript } from './support/program.ts';

const manifest = z
  .object({ engines: z.object({ node: z.string() }), version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

/** Starts the bin in a Node that says it is `version`. */
async function startAs(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, mainScript, '--version'];
  const { env } = createPlace('http://127.0.0.1:9');
  return promisify(execFile)(process.execPath, args, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test.each(['12.22.12', '20.20.2', '22.13.1'])(
  'Node %s is told in one sentence which one is needed',
  async (version) => {
    expect(await startAs(version)).toEqual({
      code: 2,
      stdout: '',
      stderr: `dunetrace-mcp: Node 22.14 or newer is needed, and this is Node ${version}.\n`,
    });
  },
);

test.each(['22.14.0', '24.0.0', '26.10.0'])('Node %s will do', async (version) => {
  expect(await startAs(version)).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('the version that is demanded is the one in package.json', () => {
  expect(manifest.engines.node).toBe('>=22.14');
});

test('what an old Node reads before that sentence, it can parse: nothing newer than 2018, and no module under `node:`', () => {
  const [beforeUse = ''] = readFileSync(mainScript, 'utf8').split('process.getBuiltinModule');
  expect(beforeUse).not.toMatch(/require\(["']node:/);
  expect(readFileSync(mainScript, 'utf8').length).toBeLessThan(3000);
});

describe('what Node compiled is kept', () => {
  const start = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [mainScript, '--version'], { env });

  /** The files below a folder. */
  const filesIn = (folder: string) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
      : [];

  function caches() {
    const place = createPlace('http://127.0.0.1:9');
    const env = { ...place.env, XDG_CACHE_HOME: place.folder };
    return { env, folder: join(place.folder, 'dunetrace', 'compiled') };
  }

  test('in a folder that is made for this user alone', async () => {
    const { env, folder } = caches();
    await start(env);
    expect(filesIn(folder).length).toBeGreaterThan(0);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test.each([
    ['others can write', (folder: string) => mkdirSync(folder, { recursive: true, mode: 0o777 })],
    ['others can read', (folder: string) => mkdirSync(folder, { recursive: true, mode: 0o755 })],
    [
      'a link leads elsewhere',
      (folder: string) => {
        const elsewhere = join(dirname(dirname(folder)), 'elsewhere');
        mkdirSync(elsewhere, { mode: 0o700 });
        mkdirSync(dirname(folder));
        symlinkSync(elsewhere, folder);
      },
    ],
    [
      'a file lies',
      (folder: string) => {
        mkdirSync(dirname(folder));
        writeFileSync(folder, '');
      },
    ],
  ])('but not where %s', async (_, prepare) => {
    const { env, folder } = caches();
    prepare(folder);
    if (lstatSync(folder).isDirectory()) chmodSync(folder, lstatSync(folder).mode | 0o055);
    expect((await start(env)).stdout).toBe(`${manifest.version}\n`);
    expect(lstatSync(folder).isDirectory() ? filesIn(folder) : []).toEqual([]);
    expect(filesIn(join(dirname(dirname(folder)), 'elsewhere'))).toEqual([]);
  });

  test('nor where Node was told not to, or where to', async () => {
    const { env, folder } = caches();
    await start({ ...env, NODE_DISABLE_COMPILE_CACHE: '1' });
    await start({ ...env, NODE_COMPILE_CACHE: join(dirname(folder), 'theirs') });
    expect(existsSync(folder)).toBe(false);
  });
});
