import * as z from 'zod';
import { ApiError } from '../errors.ts';
import type { Client, GetOptions } from './client.ts';
import { type Ask, inHalves } from './halves.ts';
import {
  rawRows,
  type WireAgent,
  type WireEvent,
  type WireHealth,
  type WireRun,
  type WireRunSignal,
  type WireSignal,
  wireAgent,
  wireEvent,
  wireHealth,
  wireHealthScore,
  wirePage,
  wireRun,
  wireRunDetail,
  wireRunSignal,
  wireSignal,
} from './wire.ts';

/** A row as it was sent: the fields we know, and those we don't, as JSON text. */
export interface Sent<Row> {
  row: Row;
  extra: string | null;
}

/** A row that could not be read. `shape` is what was wrong with it, without its values. */
export interface BadRow {
  shape: string;
  /** The row's id, where that much could be read. */
  key?: string | number | undefined;
}

/** One page of a list. `rows` keeps the order and the places of the list. */
export interface Page<Row> {
  rows: (Sent<Row> | BadRow)[];
  total: number;
  hasMore: boolean;
}

export interface RunDetail {
  run: Sent<WireRun>;
  events: (Sent<WireEvent> | BadRow)[];
  signals: (Sent<WireRunSignal> | BadRow)[];
}

/** The largest page the API gives. */
export const maxPageSize = 500;

export interface PageRequest extends GetOptions {
  offset: number;
  limit: number;
}

export function isBad(row: Sent<unknown> | BadRow): row is BadRow {
  return 'shape' in row;
}

/** The rows that could be read. */
export function goodRows<Row>(rows: readonly (Sent<Row> | BadRow)[]): Sent<Row>[] {
  return rows.flatMap((row) => (isBad(row) ? [] : [row]));
}

function extraOf(known: Readonly<Record<string, unknown>>, raw: unknown): string | null {
  if (typeof raw !== 'object' || raw === null) return null;
  // Most rows have nothing more, and are many.
  if (hasOnly(known, raw)) return null;
  const unknown = Object.entries(raw).filter(([name]) => !Object.hasOwn(known, name));
  return JSON.stringify(Object.fromEntries(unknown));
}

function hasOnly(known: Readonly<Record<string, unknown>>, raw: object): boolean {
  for (const name in raw) if (!Object.hasOwn(known, name)) return false;
  return true;
}

/** Levels of nesting that a row may have: no more is ever needed, and JSON can be written no deeper than the stack is. */
const maxDepth = 100;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const part of Object.values(value)) if (typeof part === 'object' && isDeeper(part, levels - 1)) return true;
  return false;
}

/** Characters of a health score: it is stored as it comes, and has a handful of numbers. */
const maxHealthScore = 100_000;

/** A reader of one kind of row: never throws, says what is wrong instead. `keyOf` finds the id in a row that can't be read. */
function reader<Shape extends z.ZodRawShape>(
  what: string,
  schema: z.ZodObject<Shape>,
  keyOf: (raw: unknown) => string | number | undefined,
) {
  return (raw: unknown): Sent<z.infer<z.ZodObject<Shape>>> | BadRow => {
    if (isDeeper(raw, maxDepth)) return { shape: `${what}: nested deeper than ${maxDepth} levels`, key: keyOf(raw) };
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { row: parsed.data, extra: extraOf(schema.shape, raw) };
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'row'} ${issue.message}`);
    return { shape: `${what}: ${[...new Set(issues)].join('; ')}`, key: keyOf(raw) };
  };
}

/** The one field that is read even of a row that can't be read otherwise. */
function keyIn<Key extends string | number>(name: string, schema: z.ZodType<Key>) {
  return (raw: unknown): Key | undefined => {
    const sent = typeof raw === 'object' && raw !== null ? Object.getOwnPropertyDescriptor(raw, name) : undefined;
    return schema.safeParse(sent?.value).data;
  };
}

const readAgent = reader('agent', wireAgent, keyIn('agent_id', wireAgent.shape.agent_id));
const readRun = reader('run', wireRun, keyIn('run_id', wireRun.shape.run_id));
const readSignal = reader('signal', wireSignal, keyIn('id', wireSignal.shape.id));
const readRunSignal = reader('signal of a run', wireRunSignal, keyIn('id', wireRunSignal.shape.id));
const readEvent = reader('event', wireEvent, () => undefined);

function parseAnswer<Output>(schema: z.ZodType<Output>, answer: unknown, path: string): Output {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue ? `${issue.path.join('.') || 'the answer'}: ${issue.message}` : 'wrong shape';
  throw new ApiError(
    'bad_answer',
    `${path} answered with another shape than the Customer API's (${where}). Is DUNETRACE_API_URL the Customer API?`,
  );
}

interface RawPage {
  raw: unknown[];
  page: z.infer<typeof wirePage>;
}

const answerWith = {
  agents: z
    .object({ agents: rawRows, page: wirePage })
    .transform(({ agents, page }): RawPage => ({ raw: agents, page })),
  runs: z.object({ runs: rawRows, page: wirePage }).transform(({ runs, page }): RawPage => ({ raw: runs, page })),
  signals: z
    .object({ signals: rawRows, page: wirePage })
    .transform(({ signals, page }): RawPage => ({ raw: signals, page })),
};

/** An id as a segment of a path. */
function segment(id: string): string {
  if (id.isWellFormed()) return encodeURIComponent(id);
  throw new ApiError('not_found', 'an id that is no well-formed Unicode names nothing');
}

/** @throws ApiError for a page that is not the one that was asked for. A smaller one is. */
function checkPage({ raw, page }: RawPage, { offset, limit }: PageRequest, path: string): void {
  const hint = 'Does something in front of the Customer API drop the query?';
  if (page.offset !== offset)
    throw new ApiError(
      'ill_list',
      `${path} answered with the rows from ${page.offset} on, where those from ${offset} on were asked for. ${hint}`,
    );
  const most = Math.max(raw.length, page.limit);
  if (most > limit)
    throw new ApiError(
      'ill_list',
      `${path} answered with a page of ${most} rows, where ${limit} were asked for. ${hint}`,
    );
}

/** What stands in the place of a row that the API can't give. */
function lostRow({ kind }: ApiError): BadRow {
  return { shape: `row: ${kind === 'server_error' ? 'the API fails at it' : 'the answer with it can not be read'}` };
}

function getPage<Row>(
  client: Client,
  path: string,
  schema: z.ZodType<RawPage>,
  read: (raw: unknown) => Sent<Row> | BadRow,
  { offset, limit, ...options }: PageRequest,
): Promise<Page<Row>> {
  const ask: Ask<Sent<Row> | BadRow> = async ({ asksForLess, ...stretch }) => {
    const params = { offset: String(stretch.offset), limit: String(stretch.limit) };
    const answer = parseAnswer(schema, await client.get(path, params, { ...options, asksForLess }), path);
    checkPage(answer, stretch, path);
    return { rows: answer.raw.map(read), total: answer.page.total, hasMore: answer.page.has_more };
  };
  return inHalves(ask, { offset, limit }, lostRow);
}

/** A row of another agent than the one asked for is not the list's: the path was understood otherwise. */
function ownedBy<Row extends { agent_id: string }>(
  agentId: string,
  rows: (Sent<Row> | BadRow)[],
  keyOf: (row: Row) => string | number,
) {
  const shape = 'row: agent_id is not the one that was asked for';
  return rows.map((sent) => (isBad(sent) || sent.row.agent_id === agentId ? sent : { shape, key: keyOf(sent.row) }));
}

export async function getAgentsPage(client: Client, request: PageRequest): Promise<Page<WireAgent>> {
  const path = '/v1/agents';
  return getPage(client, path, answerWith.agents, readAgent, request).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.kind !== 'not_found') throw error;
    // Every Customer API has this list.
    const hint = 'Is DUNETRACE_API_URL the Customer API itself, and not another service of Dunetrace?';
    throw new ApiError('bad_answer', `${error.message}. ${hint}`, { cause: error });
  });
}

export async function getRunsPage(client: Client, agentId: string, request: PageRequest): Promise<Page<WireRun>> {
  const path = `/v1/agents/${segment(agentId)}/runs`;
  const page = await getPage(client, path, answerWith.runs, readRun, request);
  return { ...page, rows: ownedBy(agentId, page.rows, (row) => row.run_id) };
}

export async function getSignalsPage(client: Client, agentId: string, request: PageRequest): Promise<Page<WireSignal>> {
  const path = `/v1/agents/${segment(agentId)}/signals`;
  const page = await getPage(client, path, answerWith.signals, readSignal, request);
  return { ...page, rows: ownedBy(agentId, page.rows, (row) => row.id) };
}

/** Events of a run, or its signals, that are read: twenty times what runs of a thousand steps have. */
const maxParts = 100_000;

/** @throws ApiError of kind not_found for an unknown run. */
export async function getRunDetail(client: Client, runId: string, options?: GetOptions): Promise<RunDetail> {
  const path = `/v1/runs/${segment(runId)}`;
  const answer = await client.get(path, {}, options);
  const { events, signals, ...run } = parseAnswer(wireRunDetail, answer, path);
  const parts = Math.max(events.length, signals?.length ?? 0);
  if (parts > maxParts)
    throw new ApiError(
      'bad_answer',
      `${path} answered with ${parts} events or signals of a run; ${maxParts} are read.`,
    );
  return {
    run: { row: run, extra: extraOf(wireRunDetail.shape, answer) },
    events: events.map(readEvent),
    signals: (signals ?? []).map(readRunSignal),
  };
}

/** The server's own health score of an agent, as it came: JSON text. @throws ApiError of kind not_found for an older backend. */
export async function getHealthScore(client: Client, agentId: string, options?: GetOptions): Promise<string> {
  const path = `/v1/agents/${segment(agentId)}/health-score`;
  const answer = await client.get(path, {}, options);
  const tooDeep = isDeeper(answer, maxDepth);
  if (!tooDeep) parseAnswer(wireHealthScore, answer, path);
  const body = tooDeep ? '' : JSON.stringify(answer);
  if (tooDeep || body.length > maxHealthScore)
    throw new ApiError('bad_answer', `${path} answered with more than a score`);
  return body;
}

/** Whether the API is there; it asks for no key. */
export async function getHealth(client: Client, options?: GetOptions): Promise<WireHealth> {
  const path = '/health';
  return parseAnswer(wireHealth, await client.get(path, {}, options), path);
}
