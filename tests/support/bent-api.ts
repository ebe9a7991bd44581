import { createServer } from 'node:http';
import { z } from 'zod';
import type { SampleBackend } from './customer-api/backend.ts';
import { answer } from './customer-api/routes.ts';
import { serveOnLoopback } from './loopback.ts';

const listShape = z
  .object({ page: z.object({ total: z.number(), offset: z.number(), limit: z.number(), has_more: z.boolean() }) })
  .loose();

/** A page of a list as it is about to be sent. */
export type SentPage = z.infer<typeof listShape>;

export interface Bend {
  /** Changes what is asked of the backend. */
  query?: (query: URLSearchParams) => void;
  /** Changes the page, or gives the status or the text that is sent instead of it. */
  page?: (page: SentPage, query: URLSearchParams, path: string) => SentPage | number | string;
}

/** A Customer API over `backend` whose lists at paths that end in `ending` are bent; the others are as they should be. */
export async function startBentApi(backend: SampleBackend, ending: string, { query: ask, page: bend }: Bend) {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    const [path = '', search = ''] = (req.url ?? '').split('?');
    const query = new URLSearchParams(search);
    const asSent = new URLSearchParams(query);
    asked.push(`${path} ${query.get('offset')}`);
    const isBent = path.endsWith(ending);
    if (isBent) ask?.(query);
    const { status, body } = answer(backend, path, query);
    const list = listShape.safeParse(body);
    const sent = isBent && list.success && bend ? bend(list.data, asSent, path) : body;
    res.statusCode = typeof sent === 'number' ? sent : status;
    res.end(typeof sent === 'string' ? sent : JSON.stringify(typeof sent === 'number' ? { detail: 'bent' } : sent));
  });
  return { url: await serveOnLoopback(server), asked };
}
