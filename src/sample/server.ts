import { createServer } from 'node:http';
import type { Shown } from './world.ts';

export interface SampleServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Stops listening and cuts every connection. May be called twice. */
  close(): Promise<void>;
}

/** Serves the world on a free port of 127.0.0.1, as the Customer API would. */
export async function startSampleServer(world: ReadonlyMap<string, Shown>): Promise<SampleServer> {
  const server = createServer((req, res) => {
    const [path = '', search] = (req.url ?? '').split('?');
    const shown = world.get(path);
    const body = shown === undefined ? { detail: 'Not Found' } : bodyOf(shown, new URLSearchParams(search));
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

function bodyOf(shown: Shown, query: URLSearchParams): unknown {
  if ('body' in shown) return shown.body;
  const offset = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  const total = shown.rows.length;
  const page = { total, offset, limit, has_more: offset + limit < total };
  return { [shown.list]: shown.rows.slice(offset, offset + limit), page };
}
