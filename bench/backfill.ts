import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Connected, connect, mainScript, nodeArgs } from './clients.ts';
import { type FeedApi, feedEnv, startFeedApi } from './feed-source.ts';
import { quantileOf, ratios, type Spread, spreadOf } from './measure.ts';
import { type Section, shown } from './report.ts';
import type { World } from './world.ts';

/** Between two calls. */
const paceMs = 100;

const found = z.object({ structuredContent: z.object({ total: z.number() }) });

/** Linux alone tells these: bytes that a process had in memory at most, and seconds of CPU that it has used. */
const peakBytes = (pid: number) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
const usedSeconds = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** Starts a server that does not wait for what its mirror lacks. */
const serve = (api: FeedApi, file: string, extra: Record<string, string> = {}): Promise<Connected> =>
  connect([...nodeArgs, mainScript], { ...feedEnv(api, file), DUNETRACE_LIVE_BUDGET_MS: '0', ...extra });

const search = async (server: Connected) => found.parse(await server.call('search_signals')).structuredContent.total;

/** Calls at a fixed pace, whether or not the last one was answered. @returns what each took, in milliseconds. */
async function atPace(server: Connected, goesOn: (calls: number, total: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  let total = 0;
  const began = performance.now();
  for (let calls = 0; goesOn(calls, total); calls += 1) {
    await sleep(Math.max(0, began + calls * paceMs - performance.now()));
    const sent = performance.now();
    const answered = search(server).then((count) => {
      total = count;
      times.push(performance.now() - sent);
    });
    asked.push(answered);
  }
  await Promise.all(asked);
  return times;
}

interface Filled {
  writing: number[];
  idle: number[];
  peak: number;
}

/** A server that fills its mirror while it is asked, and is asked as often when it has nothing to do. */
async function fill(api: FeedApi, file: string, signals: number): Promise<Filled> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const server = await serve(api, file);
  // Before the agents are listed there is nothing to answer from.
  while ((await search(server).catch(() => 0)) === 0) await sleep(10);
  const writing = await atPace(server, (_, total) => total < signals);
  const peak = peakBytes(server.pid);
  await server.call('refresh_mirror');
  const idle = await atPace(server, (calls) => calls < writing.length);
  await server.close();
  return { writing, idle, peak };
}

interface Idled {
  requests: number;
  cpuMs: number;
}

/** A server whose mirror is whole looks at the API once a second. @returns what one such look takes. */
async function idlePoll(api: FeedApi, file: string): Promise<Idled & { refresh: number }> {
  const server = await serve(api, file, { DUNETRACE_POLL_SECONDS: '1' });
  await server.call('refresh_mirror');
  const before = { served: await api.served(), cpu: usedSeconds(server.pid) };
  await sleep(8000);
  const requests = (await api.served()) - before.served;
  const cpuMs = ((usedSeconds(server.pid) - before.cpu) * 1000) / requests;
  const asked = await api.served();
  await server.call('refresh_mirror');
  const refresh = (await api.served()) - asked;
  await server.close();
  return { requests, cpuMs, refresh };
}

const oneOf = (value: number): Spread => ({ median: value, min: value, max: value });

/** What a server takes and gives while its mirror fills, and while nothing moves. */
export async function backfill(worlds: readonly World[], only: RegExp): Promise<Section[]> {
  const [world] = worlds;
  if (!world || !only.test('backfill') || process.platform !== 'linux') return [];
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-backfill-'));
  const file = join(folder, 'mirror.db');
  const api = await startFeedApi({ world });
  const rounds: Filled[] = [];
  for (let round = 0; round < (worlds.length > 1 ? 6 : 1); round += 1)
    rounds.push(await fill(api, file, world.signals));
  const idled = await idlePoll(api, file);
  await api.close();
  rmSync(folder, { recursive: true });
  const of = (which: 'writing' | 'idle', share: number) => rounds.map((round) => quantileOf(round[which], share));
  const row = (what: string, share: number, bound: string) => [
    what,
    shown(spreadOf(of('writing', share))),
    shown(spreadOf(of('idle', share))),
    shown(ratios(of('writing', share), of('idle', share))),
    bound,
  ];
  const calls = rounds.reduce((sum, { writing }) => sum + writing.length, 0);
  return [
    {
      title: `Calls while a mirror of ${world.signals.toLocaleString('en')} signals is filled`,
      intro: `An SDK client calls search_signals over stdio ten times a second, ${calls} times in ${rounds.length} backfills and as often afterwards. The server is told not to wait for what its mirror lacks.`,
      head: ['of a round', 'while filling, ms', 'idle, ms', 'against idle', 'bound'],
      rows: [row('p50', 0.5, ''), row('p99', 0.99, '2.5')],
    },
    {
      title: `The server's own needs, ${world.agents} agents`,
      intro:
        'Memory is the most that the process had at any time until its mirror was full. A poll is one look at the API, at which nothing has moved.',
      head: ['what', 'found', 'bound'],
      rows: [
        ['memory (RSS) by the end of a backfill, MB', shown(spreadOf(rounds.map(({ peak }) => peak / 1e6))), '240'],
        ['requests of a poll', String(idled.refresh), '1'],
        [`CPU of a poll, ms (mean of ${idled.requests})`, shown(oneOf(idled.cpuMs)), ''],
      ],
    },
  ];
}
