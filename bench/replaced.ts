import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type Dispatcher } from 'undici';
import { z } from 'zod';
import { type Call, connect, mainScript, nodeArgs } from './clients.ts';
import { type FeedApi, feedEnv, startFeedApi } from './feed-source.ts';
import { interleave, ratios, spreadOf } from './measure.ts';
import { type Section, shown } from './report.ts';
import type { World } from './world.ts';

/** How the server that this one replaces finds signals: it asks for the agents, then for the signals of each in turn. */

const pageSize = 200;
const mostSignals = 5000;
const latencyMs = 20;
const perAgent = 1000;

const agentsAnswer = z.object({ agents: z.array(z.object({ agent_id: z.string() })) });
const signalsAnswer = z.object({ signals: z.array(z.unknown()), page: z.object({ has_more: z.boolean() }) });

type Get = (path: string) => Promise<unknown>;

async function getOver(dispatcher: Dispatcher, { url }: FeedApi, path: string): Promise<unknown> {
  return (await dispatcher.request({ origin: url, path, method: 'GET' })).body.json();
}

/** A client, and with it a connection, for each request. */
const anew =
  (api: FeedApi): Get =>
  async (path) => {
    const dispatcher = new Agent();
    const answer = await getOver(dispatcher, api, path);
    await dispatcher.close();
    return answer;
  };

async function signalsOf(get: Get, agentId: string): Promise<unknown[]> {
  const signals: unknown[] = [];
  for (let hasMore = true; hasMore && signals.length < mostSignals; ) {
    const path = `/v1/agents/${agentId}/signals?offset=${signals.length}&limit=${pageSize}`;
    const answer = signalsAnswer.parse(await get(path));
    signals.push(...answer.signals);
    hasMore = answer.page.has_more;
  }
  return signals;
}

const searchOver =
  (get: Get): Call =>
  async () => {
    const { agents } = agentsAnswer.parse(await get('/v1/agents?offset=0&limit=200'));
    const found: unknown[] = [];
    for (const { agent_id } of agents) found.push(...(await signalsOf(get, agent_id)));
    return found.length;
  };

/** One search over all agents against the same by the pattern that is replaced. */
export async function replaced(worlds: readonly World[], only: RegExp): Promise<Section[]> {
  const [world] = worlds;
  // A search takes it some seconds.
  if (!world || worlds.length === 1 || !only.test('replaced')) return [];
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-replaced-'));
  const api = await startFeedApi({ world, latencyMs, newest: perAgent });
  const server = await connect([...nodeArgs, mainScript], feedEnv(api, join(folder, 'mirror.db')));
  await server.call('refresh_mirror');
  const kept = new Agent({ connections: 1 });
  const patterns = [searchOver(anew(api)), searchOver((path) => getOver(kept, api, path))];
  const began = await api.served();
  await patterns[1]?.();
  const requests = (await api.served()) - began;
  const ours: number[] = [];
  const theirs: number[][] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    const search = () => server.call('search_signals');
    const [hot = []] = await interleave([{ call: search, calls: 100 }], 1);
    ours.push(...hot);
    for (const [place, call] of patterns.entries()) {
      const started = performance.now();
      await call();
      theirs[place]?.push(performance.now() - started);
    }
  }
  await Promise.all([server.close(), kept.close()]);
  await api.close();
  rmSync(folder, { recursive: true });
  const row = (what: string, values: readonly number[] = [], bound: string) => [
    what,
    shown(spreadOf(values)),
    shown(ratios(values, ours)),
    bound,
  ];
  return [
    {
      title: `Against the pattern that is replaced: ${world.agents} agents, ${latencyMs} ms of latency`,
      intro: `search_signals over stdio, against a list of the agents and then the signals of each agent in turn, ${pageSize} a page: ${requests} requests. Each agent has up to ${perAgent} signals. The pattern is measured in Node, whose clients are quicker to make than those of the server that is replaced.`,
      head: ['what', 'ms', 'times as long', 'bound'],
      rows: [
        ['search_signals', shown(spreadOf(ours)), '', ''],
        row('the pattern, a client for each request', theirs[0], '5000'),
        row('the pattern, with one kept connection', theirs[1], '2000'),
      ],
    },
  ];
}
