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

type ClientKind = (typeof clientKinds)[number];
type Way = (typeof ways)[number];
/** A server over HTTP that runs already, or the place of one to be started over stdio. */
type Where = { url: string } | Pick<Place, 'env'>;

/** What clients of both generations can do. */
export interface EitherClient {
  listTools(): Promise<{ tools: unknown[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  getInstructions(): string | undefined;
}

export type Call = (name: string, args?: Record<string, unknown>) => Promise<ToolAnswer>;

const command = ({ env }: Pick<Place, 'env'>) => ({
  command: process.execPath,
  args: [mainScript],
  env,
  stderr: 'ignore' as const,
});
const mcpUrl = (url: string) => new URL(`${url}/mcp`);

/** A client of the SDK's second generation, of a server that runs already. */
export async function connectNewTo(
  transport: Transport,
  mode: 'auto' | { pin: string },
  name = 'tests',
): Promise<Client> {
  const client = new Client({ name, version: '0' }, { versionNegotiation: { mode } });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

/** A client of the SDK's first generation. */
async function connectOld(where: Where, name: string): Promise<ClientOfSessions> {
  const client = new ClientOfSessions({ name, version: '0' });
  onTestFinished(() => client.close());
  await client.connect('url' in where ? new HttpOfSessions(mcpUrl(where.url)) : new StdioOfSessions(command(where)));
  return client;
}

const transportTo = (where: Where): Transport =>
  'url' in where ? new StreamableHTTPClientTransport(mcpUrl(where.url)) : new StdioClientTransport(command(where));

const whereBy = async (way: Way, place: Pick<Place, 'env'>): Promise<Where> =>
  way === 'http' ? startHttpServer(place) : place;

/** A client pinned to the newest revision, and a server of its own. */
export async function connectPinned(way: Way, place: Pick<Place, 'env'>): Promise<Client> {
  return connectNewTo(transportTo(await whereBy(way, place)), { pin: newestRevision });
}

/** A client of the given kind, under a name. */
export function connectAs(kind: ClientKind, where: Where, name: string): Promise<EitherClient> {
  if (kind === 'the client 1.x') return connectOld(where, name);
  return connectNewTo(transportTo(where), kind === 'the client 2.x pinned' ? { pin: newestRevision } : 'auto', name);
}

/** A client of the given kind, and a server of its own. */
export async function connectKind(kind: ClientKind, way: Way, place: Pick<Place, 'env'>): Promise<Call> {
  const client = await connectAs(kind, await whereBy(way, place), 'tests');
  return (name, args) => callTool(client, name, args);
}
