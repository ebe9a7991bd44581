import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as ClientOfSessions } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioOfSessions } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpOfSessions } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';
import { callTool, startHttpServer, type ToolAnswer } from './mcp-client.ts';
import { mainScript, type Place } from './program.ts';

/** The revision of the protocol that knows no sessions. */
export const newestRevision = '2026-07-28';

/** Each kind of client in the field: of the SDK's first generation; of the second, asking first or pinned to the newest revision. */
export const clientKinds = ['the client 1.x', 'the client 2.x on auto', 'the client 2.x pinned'] as const;
export const ways = ['stdio', 'http'] as const;

export type Call = (name: string, args?: Record<string, unknown>) => Promise<ToolAnswer>;

const identity = { name: 'tests', version: '0' };
const command = ({ env }: Pick<Place, 'env'>) => ({
  command: process.execPath,
  args: [mainScript],
  env,
  stderr: 'ignore' as const,
});
const httpUrl = async (place: Pick<Place, 'env'>) => new URL(`${(await startHttpServer(place)).url}/mcp`);

/** A client of the SDK's second generation, of a server that runs already. */
export async function connectNewTo(transport: Transport, mode: 'auto' | { pin: string }): Promise<Client> {
  const client = new Client(identity, { versionNegotiation: { mode } });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

/** A client pinned to the newest revision, and a server of its own. */
export async function connectPinned(way: (typeof ways)[number], place: Pick<Place, 'env'>): Promise<Client> {
  const isHttp = way === 'http';
  const transport = isHttp
    ? new StreamableHTTPClientTransport(await httpUrl(place))
    : new StdioClientTransport(command(place));
  return connectNewTo(transport, { pin: newestRevision });
}

/** A client of the given kind, and a server of its own. */
export async function connectKind(
  kind: (typeof clientKinds)[number],
  way: (typeof ways)[number],
  place: Pick<Place, 'env'>,
): Promise<Call> {
  const isHttp = way === 'http';
  if (kind === 'the client 1.x') {
    const client = new ClientOfSessions(identity);
    onTestFinished(() => client.close());
    await client.connect(isHttp ? new HttpOfSessions(await httpUrl(place)) : new StdioOfSessions(command(place)));
    return (name, args) => callTool(client, name, args);
  }
  const transport = isHttp
    ? new StreamableHTTPClientTransport(await httpUrl(place))
    : new StdioClientTransport(command(place));
  const client = await connectNewTo(transport, kind === 'the client 2.x pinned' ? { pin: newestRevision } : 'auto');
  return (name, args) => callTool(client, name, args);
}
