import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { mainScript, type Place } from './program.ts';

const answerShape = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })).length(1),
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
});

const freshnessShape = z.object({
  freshness: z.object({
    source: z.string(),
    synced_at: z.string().nullable(),
    age_seconds: z.number().nullable(),
    stale: z.boolean(),
    covered: z.boolean(),
    note: z.string().optional(),
  }),
});

export interface ToolAnswer {
  text: string;
  isError: boolean;
  structured: Record<string, unknown>;
}

export interface McpConnection {
  readonly client: Client;
  readonly pid: number;
  /** What the server wrote to stderr so far. */
  stderr(): string;
  call(name: string, args?: Record<string, unknown>): Promise<ToolAnswer>;
  close(): Promise<void>;
}

/** Starts the program as an editor does, and connects a real MCP client to it over stdio. */
export async function connect({ env }: Pick<Place, 'env'>): Promise<McpConnection> {
  const transport = new StdioClientTransport({ command: process.execPath, args: [mainScript], env, stderr: 'pipe' });
  let stderr = '';
  transport.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const client = new Client({ name: 'tests', version: '0' });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return {
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    call: async (name, args = {}) => {
      const answer = answerShape.parse(await client.callTool({ name, arguments: args }));
      const { content, isError = false, structuredContent = {} } = answer;
      return { text: content[0]?.text ?? '', isError, structured: structuredContent };
    },
    close: () => client.close(),
  };
}

/** The freshness that an answer carries. */
export function freshnessOf(answer: ToolAnswer) {
  expect(answer.isError, answer.text).toBe(false);
  return freshnessShape.parse(answer.structured).freshness;
}

/** Asks the same question until its answer satisfies `isMet`; each try is a real call, so nothing spins. */
export async function askUntil(
  ask: () => Promise<ToolAnswer>,
  isMet: (answer: ToolAnswer) => boolean,
): Promise<ToolAnswer> {
  for (;;) {
    const answer = await ask();
    if (isMet(answer)) return answer;
  }
}
