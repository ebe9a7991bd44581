import * as z from 'zod';
import { ApiError } from '../errors.ts';
import type { Client, GetOptions } from './client.ts';
import { type Ask, inHalves } from './halves.ts';
import { type BadRow, isDeeper, maxDepth, type Sent } from './rows.ts';
import { rawRows, wireHealthScore, wirePage } from './wire.ts';

/** One page of a list. `rows` keeps the order and the places of the list. */
export interface Page<Row> {
  rows: (Sent<Row> | BadRow)[];
  total: number;
  hasMore: boolean;
}

/** The largest page the API gives. */
export const maxPageSize = 500;

export interface PageRequest extends GetOptions {
  offset: number;
  limit: number;
}

export function parseAnswer<Output>(schema: z.ZodType<Output>, answer: unknown, path: string): Output {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue ? `${issue.path.join('.') || 'the answer'}: ${issue.message}` : 'wrong shape';
  throw new ApiError(
    'bad_answer',
    `${path} did not answer in the format of the Customer API (${where}). Is DUNETRACE_API_URL the Customer API?`,
  );
}

interface RawPage {
  raw: unknown[];
  page: z.infer<typeof wirePage>;
}

const pageOf = z.object({ page: wirePage });

/** The path of a list and its own parameters, the name of the rows in its answers, and how to read a row. */
export interface ListSource<Wire> {
  path: string;
  params?: Readonly<Record<string, string>>;
  rowsKey: string;
  read: (raw: unknown) => Sent<Wire> | BadRow;
}

function parsePage(answer: unknown, { path, rowsKey }: Pick<ListSource<unknown>, 'path' | 'rowsKey'>): RawPage {
  const { [rowsKey]: raw = [] } = parseAnswer(z.object({ [rowsKey]: rawRows }), answer, path);
  return { raw, page: parseAnswer(pageOf, answer, path).page };
}

/** Whether an id can be a segment of a path: a server decodes slashes before it looks for a route, and URLs resolve dots. */
export const isSegment = (id: string): boolean => !id.includes('/') && id !== '.' && id !== '..';

/** @returns the id. @throws ApiError of kind not_found for one that a URL can't carry. */
export function wellFormed(id: string): string {
  if (id.isWellFormed()) return id;
  throw new ApiError('not_found', 'the id is not well-formed Unicode');
}

/** An id as a segment of a path. @throws as `wellFormed`. */
export const segment = (id: string): string => encodeURIComponent(wellFormed(id));

/** @throws ApiError for another page than the one requested. A smaller page is fine. */
function checkPage({ raw, page }: RawPage, { offset, limit }: PageRequest, path: string): void {
  const hint = 'Does something in front of the Customer API drop the query?';
  if (page.offset !== offset)
    throw new ApiError(
      'ill_list',
      `${path} answered with the rows from ${page.offset} on instead of those from ${offset} on. ${hint}`,
    );
  const most = Math.max(raw.length, page.limit);
  if (most > limit)
    throw new ApiError('ill_list', `${path} answered with a page of ${most} rows; the limit was ${limit}. ${hint}`);
}

/** Replaces a row that the API can't send. */
function lostRow({ kind }: ApiError): BadRow {
  return { shape: `row: ${kind === 'server_error' ? 'the API fails on it' : "the answer with it can't be read"}` };
}

/** Fetches one page of a list. @throws ApiError for an answer that is no page. */
export function getPage<Wire>(
  client: Client,
  source: ListSource<Wire>,
  { offset, limit, ...options }: PageRequest,
): Promise<Page<Wire>> {
  const { path, params: own, read } = source;
  const ask: Ask<Sent<Wire> | BadRow> = async ({ asksForLess, ...slice }) => {
    const params = { ...own, offset: String(slice.offset), limit: String(slice.limit) };
    const answer = parsePage(await client.get(path, params, { ...options, asksForLess }), source);
    checkPage(answer, slice, path);
    return { rows: answer.raw.map(read), total: answer.page.total, hasMore: answer.page.has_more };
  };
  return inHalves(ask, { offset, limit }, lostRow);
}

/** The most characters of a health score: we store it as it comes, and it has a handful of numbers. */
const maxHealthScore = 100_000;

/**
 * The server's own health score of an agent, as received: JSON text. @throws ApiError of kind not_found for an older
 * backend.
 */
export async function getHealthScore(client: Client, agentId: string, options?: GetOptions): Promise<string> {
  const path = `/v1/agents/${segment(agentId)}/health-score`;
  const answer = await client.get(path, {}, options);
  const tooDeep = isDeeper(answer, maxDepth);
  if (!tooDeep) parseAnswer(wireHealthScore, answer, path);
  const body = tooDeep ? '' : JSON.stringify(answer);
  if (tooDeep || body.length > maxHealthScore)
    throw new ApiError('bad_answer', `${path} answered with more than a health score`);
  return body;
}
