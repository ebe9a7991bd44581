import { createServer } from 'node:http';
import { type ListRow, type Selection, selected, withoutExplanation } from './lists.ts';
import type { Generation } from './wire.ts';
import { type Shown, sampleWorld } from './world.ts';

export interface SampleServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Stops listening and cuts every connection. May be called twice. */
  close(): Promise<void>;
}

/** Serves the story up to `now` (Unix seconds) on a free port of 127.0.0.1, as a Customer API of this generation would. */
export async function startSampleServer(now: number, generation: Generation = 3): Promise<SampleServer> {
  const world = sampleWorld(now, generation);
  const server = createServer((req, res) => {
    const [path = '', search] = (req.url ?? '').split('?');
    const shown = world.get(path);
    const body =
      shown === undefined ? { detail: 'Not Found' } : bodyOf(shown, path, new URLSearchParams(search), generation);
    res.writeHead(shown === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sample server has no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bodyOf(shown: Shown, path: string, query: URLSearchParams, generation: Generation): unknown {
  if ('body' in shown) return shown.body;
  const { list } = shown;
  const offset = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  const rows = list === 'agents' ? shown.rows : selected<ListRow>(shown.rows, selectionOf(query, generation));
  const page = { total: rows.length, offset, limit, has_more: offset + limit < rows.length };
  const some = rows.slice(offset, offset + limit);
  const mayBeBrief = path === '/v1/signals' || (list === 'signals' && generation === 3);
  const isBrief = mayBeBrief && query.get('explain') === 'false';
  return { [list]: isBrief ? some.map(withoutExplanation) : some, page };
}

function selectionOf(query: URLSearchParams, generation: Generation): Selection {
  const text = (name: string) => query.get(name) ?? undefined;
  const [hasSignals, perAgentLimit] = [text('has_signals'), generation === 3 ? text('per_agent_limit') : undefined];
  return {
    agentId: text('agent_id'),
    severity: text('severity')?.toUpperCase(),
    failureType: text('failure_type')?.toUpperCase(),
    hasSignals: hasSignals === undefined ? undefined : hasSignals === 'true',
    perAgentLimit: perAgentLimit === undefined ? undefined : Number(perAgentLimit),
  };
}
