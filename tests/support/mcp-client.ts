import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/clock.ts';
import { mainScript, type Place, start } from './program.ts';

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
  const client = await connectTo(transport);
  return {
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    call: (name, args) => callTool(client, name, args),
    close: () => client.close(),
  };
}

export interface HttpServer {
  readonly child: ChildProcessWithoutNullStreams;
  /** Where it listens, without a path. */
  readonly url: string;
  stderr(): string;
}

/** Starts the program as a server over HTTP, on a free port, and waits until it listens. */
export async function startHttpServer(place: Pick<Place, 'env'>, args: readonly string[] = []): Promise<HttpServer> {
  const child = start(['serve', '--http', '--port', '0', ...args], place);
  let stderr = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
      const listening = /listening on (\S+)\/mcp /.exec(stderr)?.[1];
      if (listening !== undefined) resolve(listening);
    });
    child.once('exit', () => reject(new Error(`The server has ended: ${stderr}`)));
  });
  return { child, url, stderr: () => stderr };
}

/** Like `connect`, over Streamable HTTP to a server of its own; closing ends the server. */
export async function connectHttp(place: Pick<Place, 'env'>): Promise<McpConnection> {
  const { child, url, stderr } = await startHttpServer(place);
  const client = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  return {
    client,
    pid: child.pid ?? 0,
    stderr,
    call: (name, args) => callTool(client, name, args),
    close: async () => {
      await client.close();
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A client of a server that runs already. */
export async function connectTo(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'tests', version: '0' });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

/** One call of a tool, by a client of whatever maker. */
export async function callTool(
  client: { callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown> },
  name: string,
  args: Record<string, unknown> = {},
): Promise<ToolAnswer> {
  return readAnswer(await client.callTool({ name, arguments: args }));
}

/** The result of a tool's call, checked for the shape that every answer has. */
export function readAnswer(result: unknown): ToolAnswer {
  const { content, isError = false, structuredContent = {} } = answerShape.parse(result);
  return { text: content[0]?.text ?? '', isError, structured: structuredContent };
}

/** The freshness that an answer carries. */
export function freshnessOf(answer: ToolAnswer) {
  expect(answer.isError, answer.text).toBe(false);
  return freshnessShape.parse(answer.structured).freshness;
}

/** Milliseconds from an answer to the next question: to ask without pause takes the processor from what is waited for. */
const paceMs = 20;

/** Asks the same question until its answer satisfies `isMet`. */
export async function askUntil(
  ask: () => Promise<ToolAnswer>,
  isMet: (answer: ToolAnswer) => boolean,
): Promise<ToolAnswer> {
  for (;;) {
    const answer = await ask();
    if (isMet(answer)) return answer;
    await systemClock.sleep(paceMs);
  }
}
