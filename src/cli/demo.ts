import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as z from 'zod';
import type { Surroundings } from '../config.ts';
import { type ExitCode, exitCodes } from '../errors.ts';
import { startSampleServer } from '../sample/server.ts';
import type { Io } from './io.ts';
import { sync } from './sync.ts';

/** The part of an answer that the demo reads: its text, and its age. */
const answerShape = z.object({
  content: z.array(z.object({ text: z.string() })).min(1),
  structuredContent: z.object({
    items: z.array(z.object({ run_id: z.string().optional() })).optional(),
    freshness: z.object({ note: z.string().optional() }),
  }),
});

/** The variables that Node and the system need, without the user's own configuration. */
function demoEnv({ env }: Surroundings, apiUrl: string, folder: string): Record<string, string> {
  return {
    ...(env.PATH === undefined ? {} : { PATH: env.PATH }),
    DUNETRACE_API_URL: apiUrl,
    DUNETRACE_DB: join(folder, 'mirror.db'),
    DUNETRACE_POLL_SECONDS: '1',
    // The demo leaves no files behind.
    NODE_DISABLE_COMPILE_CACHE: '1',
    // The API is the demo's own: a user should not wait for a rate limit.
    DUNETRACE_RPM: '100000',
  };
}

/** Which Customer API the sample is; 3 is the newest. */
const generations = { 1: 1, 2: 2, 3: 3 } as const;

export interface DemoOptions {
  readonly generation: keyof typeof generations;
}

/** How long the demo waits for the server to notice that the API is gone. */
const noticeMs = 20_000;

/** `dunetrace-mcp demo`: the main job on an embedded sample API, then the same questions with the API cut off. */
export async function demo(io: Io, { generation }: DemoOptions): Promise<ExitCode> {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-demo-'));
  const api = await startSampleServer(io.clock.now(), generations[generation]);
  const env = demoEnv(io.surroundings, api.url, folder);
  const say = (text: string) => io.stdout.write(`${text}\n`);
  const client = new Client({ name: 'dunetrace-mcp-demo', version: io.version });

  async function ask(name: string, args: Record<string, unknown>) {
    const began = io.clock.monotonic();
    const answer = answerShape.parse(await client.callTool({ name, arguments: args }));
    const took = io.clock.monotonic() - began;
    return { text: answer.content[0]?.text ?? '', took, ...answer.structuredContent };
  }

  async function show(name: string, args: Record<string, unknown>) {
    const answer = await ask(name, args);
    say(`\n> ${name}(${JSON.stringify(args)})   [${answer.took.toFixed(1)} ms]\n${answer.text}`);
    return answer;
  }

  try {
    say(`A sample Customer API runs on ${api.url}. First, sync it into a SQLite file:\n`);
    const code = await sync({ ...io, surroundings: { ...io.surroundings, env } }, {});
    if (code !== exitCodes.done) return code;

    say('\nNow an MCP client starts `dunetrace-mcp` over stdio, as an editor would, and asks:');
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [io.mainScript],
      env,
      stderr: 'ignore',
    });
    await client.connect(transport);
    await show('list_agents', {});
    const signals = await show('get_agent_signals', { agent_id: 'research-agent', limit: 2 });
    await show('get_agent_runs', { agent_id: 'checkout-agent', limit: 5 });
    await show('get_run_detail', { run_id: signals.items?.[0]?.run_id });
    await show('summarize_agent', { agent_id: 'checkout-agent' });
    await show('search_signals', { query: '"web_search" loop*', since_hours: 168, limit: 3 });

    say('\nThe API is cut off. The same questions still get answers, which say so:');
    await api.close();
    const deadline = io.clock.monotonic() + noticeMs;
    while ((await ask('list_agents', {})).freshness.note === undefined && io.clock.monotonic() < deadline) {
      await io.clock.sleep(200);
    }
    await show('list_agents', {});
    await show('get_agent_signals', { agent_id: 'checkout-agent', severity: 'CRITICAL', limit: 1 });
    say('\nThat is all. README.md explains how to set up your own client.');
    return exitCodes.done;
  } finally {
    await client.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
