import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { serveStub } from './stub-api.ts';
import { benchKey, benchUrl, type World } from './world.ts';

export const mainScript = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
export const echoScript = fileURLToPath(new URL('./echo-server.js', import.meta.url));

/** Options of node for the program, such as `--cpu-prof`: to see what the time is spent on. */
export const nodeArgs = process.env.BENCH_NODE_ARGS?.split(' ') ?? [];

export type Call = () => Promise<unknown>;

/** An SDK client of a server in a process of its own. */
export interface Connected {
  pid: number;
  call(tool: string, args?: Record<string, unknown>): Promise<unknown>;
  close(): Promise<void>;
}

/** The environment of the program: nothing of the user's own, and a mirror that stays fresh for as long as a bench takes. */
export function mirrorEnv(world: World): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    DUNETRACE_API_URL: benchUrl,
    DUNETRACE_API_KEY: benchKey,
    DUNETRACE_DB: world.file,
    DUNETRACE_POLL_SECONDS: '86400',
    DUNETRACE_EVENTS_DAYS: '0',
  };
}

export async function connect(args: string[], env: Record<string, string>): Promise<Connected> {
  const transport = new StdioClientTransport({ command: process.execPath, args, env, stderr: 'inherit' });
  const client = new Client({ name: 'bench', version: '0' });
  await client.connect(transport);
  // As editors do; from then on the client holds every answer against its tool's schema.
  await client.listTools();
  return {
    pid: transport.pid ?? 0,
    call: async (name, args = {}) => {
      const answer = await client.callTool({ name, arguments: args });
      if (answer.isError === true)
        throw new Error(`${name} ${JSON.stringify(args)}: ${JSON.stringify(answer.content)}`);
      return answer;
    },
    close: () => client.close(),
  };
}

/** The program over a world's mirror, with an API behind it where nothing moves; it answers from the mirror at once. */
export async function connectMirror(world: World): Promise<Connected> {
  const api = await serveStub(world);
  const client = await connect([...nodeArgs, mainScript], mirrorEnv(world));
  await client.call('refresh_mirror');
  return {
    ...client,
    close: async () => {
      await client.close();
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
    },
  };
}

export const connectEcho = (): Promise<Connected> => connect([echoScript], { PATH: process.env.PATH ?? '' });

/** An echo whose answer has as many bytes as `answer`. */
export function echoLike(echo: Connected, answer: unknown): Call {
  const empty = JSON.stringify({ content: [{ type: 'text', text: '' }], structuredContent: { text: '' } }).length;
  const text = 'x'.repeat(Math.max(0, Math.round((bytesOf(answer) - empty) / 2)));
  return () => echo.call('echo', { text });
}

export const bytesOf = (answer: unknown): number => Buffer.byteLength(JSON.stringify(answer));
