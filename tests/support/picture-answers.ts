import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { startSampleServer } from '../../src/sample/server.ts';
import { callTool, readAnswer } from './mcp-client.ts';
import { connectPictures } from './picture-client.ts';
import { createPlace, run } from './program.ts';

/** Answers about the demo's story, as a client that shows pictures gets them. */

/** The answers that have pictures, and the page of each. */
export const pictured = [
  { which: 'summary', view: 'agent' },
  { which: 'patterns', view: 'agent' },
  { which: 'run', view: 'runs' },
  { which: 'pair', view: 'runs' },
  { which: 'news', view: 'news' },
] as const;

export type Pictured = (typeof pictured)[number]['which'];

const itemsShape = z.object({ items: z.array(z.object({ run_id: z.string() })) });

/** A client that shows pictures, its server, and a mirror of the demo's story up to now. */
export async function connectDemo() {
  const api = await startSampleServer(Date.now() / 1000);
  onTestFinished(() => api.close());
  const place = createPlace(api.url, { DUNETRACE_RPM: '100000' });
  await run(['sync', '--quiet'], place);
  const client = await connectPictures(place);
  return { client, place };
}

type Client = Awaited<ReturnType<typeof connectDemo>>['client'];

/** The calls with pictures, about the runs that the mirror has. */
export async function picturedCalls(client: Client) {
  const agent = { agent_id: 'research-agent' };
  const runOf = async (name: string, args: Record<string, unknown>) => {
    const { structured } = await callTool(client, name, { ...agent, ...args, limit: 1 });
    return itemsShape.parse(structured).items[0]?.run_id ?? '';
  };
  const failed = await runOf('get_agent_signals', { failure_type: 'TOOL_LOOP' });
  const well = await runOf('get_agent_runs', { has_signals: false });
  return {
    summary: ['summarize_agent', agent],
    patterns: ['get_agent_patterns', { ...agent, days: 14 }],
    run: ['get_run_detail', { run_id: failed }],
    pair: ['compare_runs', { run_id_1: failed, run_id_2: well }],
    news: ['get_whats_new', { since: '7d' }],
  } as const satisfies Record<Pictured, readonly [name: string, args: Record<string, unknown>]>;
}

/** One of these answers. */
export async function pictureAnswer(client: Client, which: Pictured) {
  const [name, args] = (await picturedCalls(client))[which];
  return callTool(client, name, args);
}

/** A tool's result as a host hands it to a page. */
export const resultOf = ({ text, structured }: { text: string; structured: Record<string, unknown> }) => ({
  content: [{ type: 'text', text }],
  structuredContent: structured,
});

const fileOf = (which: Pictured) => fileURLToPath(new URL(`../pictures/answers/${which}.json`, import.meta.url));

/** Answers of one day, so that their screenshots stay the same. `recordAnswers` takes them anew. */
export const recordedAnswer = (which: Pictured) => readAnswer(JSON.parse(readFileSync(fileOf(which), 'utf8')));

export async function recordAnswers(): Promise<void> {
  const { client } = await connectDemo();
  for (const { which } of pictured) {
    const answer = await pictureAnswer(client, which);
    writeFileSync(fileOf(which), `${JSON.stringify(resultOf(answer))}\n`);
  }
}
