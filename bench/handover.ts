import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { mainScript, nodeArgs } from './clients.ts';
import { type FeedApi, feedEnv, startFeedApi } from './feed-source.ts';
import type { Section } from './report.ts';
import type { World } from './world.ts';

const run = promisify(execFile);
const token = 'the-token-of-the-bench';

const envOf = (api: FeedApi, file: string) => ({ ...feedEnv(api, file), DUNETRACE_HTTP_TOKEN: token });

/** `dunetrace-mcp sync`, from its start until the file is closed. */
async function sync(api: FeedApi, file: string, args: readonly string[] = []) {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const [began, served] = [performance.now(), await api.served()];
  await run(process.execPath, [...nodeArgs, mainScript, 'sync', '--quiet', ...args], { env: envOf(api, file) });
  return { seconds: (performance.now() - began) / 1000, requests: (await api.served()) - served };
}

async function serve(api: FeedApi, file: string) {
  const args = [...nodeArgs, mainScript, 'serve', '--http', '--port', '0'];
  const child = spawn(process.execPath, args, {
    env: { ...envOf(api, file), DUNETRACE_POLL_SECONDS: '86400' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [line] = await once(createInterface(child.stderr), 'line');
  const url = /listening on (\S+)\/mcp /.exec(String(line))?.[1] ?? '';
  const close = async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  };
  return { url, close };
}

/** How many bytes go over the network. */
async function bytesOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/mirror`, { headers: { authorization: `Bearer ${token}` } });
  let bytes = 0;
  for await (const chunk of answer.body ?? []) bytes += chunk.length;
  return bytes;
}

/** A first sync from the API in turn with one that takes the mirror of a server that has done it. */
export async function handover(worlds: readonly World[], only: RegExp): Promise<Section[]> {
  const world = worlds.at(-1);
  if (!world || !only.test('handover')) return [];
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-handover-'));
  const [theirs, ours] = [join(folder, 'theirs.db'), join(folder, 'ours.db')];
  const api = await startFeedApi({ world });
  // Once: a first sync of a million signals takes minutes.
  const first = await sync(api, theirs);
  const server = await serve(api, theirs);
  const taken = await sync(api, ours, ['--from', server.url]);
  const bytes = await bytesOf(server.url);
  await server.close();
  const size = statSync(ours).size;
  await api.close();
  rmSync(folder, { recursive: true });
  const row = (what: string, { seconds, requests }: typeof first, ...bounds: readonly string[]) => [
    what,
    seconds.toFixed(1),
    (seconds / first.seconds).toFixed(2),
    String(requests),
    ...bounds,
  ];
  return [
    {
      title: `A team's first sync of ${world.signals.toLocaleString('en')} signals`,
      intro: `The whole process of \`dunetrace-mcp sync\` into no file, from the API and then with \`--from\` a server on this machine that has the same mirror: ${(bytes / 1e6).toFixed(0)} MB over the network, for a file of ${(size / 1e6).toFixed(0)} MB. Without the events of runs, which the API of the bench does not have.`,
      head: ['sync', 'seconds', 'against the API', 'requests to the API', 'bound, seconds', 'bound, requests'],
      rows: [row('from the API', first, '', ''), row('--from a server', taken, '60', String(10 + 2 * world.agents))],
    },
  ];
}
