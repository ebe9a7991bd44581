import { eq } from 'drizzle-orm';
import { type AgentChoice, allAgents, leftOutSentence } from '../agent-choice.ts';
import { type Client, createClient } from '../api/client.ts';
import { maxPageSize } from '../api/pages.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Reader } from '../db/open.ts';
import { agents } from '../db/schema.ts';
import { syncState } from '../db/sync-tables.ts';
import { ApiError, LeftOutError, UsageError } from '../errors.ts';
import { type AnyList, movingLists } from '../lists/names.ts';
import type { Log } from '../log.ts';
import { compareRecords, listsBeside } from './check-records.ts';
import { type Checked, comparedLists, type Difference, liveIds } from './check-rows.ts';
import { chosenOf } from './chosen-agents.ts';
import { listAgents } from './listing.ts';

/** Compares the mirror with the API, row by row, and writes nothing. */

export interface ListDifferences {
  /** Empty: it is no agent's list. */
  agentId: string;
  list: string;
  differences: Difference[];
}

export interface CheckSummary {
  /** How many rows of each list the check looked at. */
  rows: Record<string, number>;
  requests: number;
  /** The lists that differ. */
  lists: ListDifferences[];
  /** Lists that the check could not read. */
  failures: { agentId: string; list: string; kind: string; message: string }[];
}

export interface CheckOptions {
  /** Only this agent. */
  agentId?: string | undefined;
  /** Read this many pages of each list: the newest, and others at random; all unless given. */
  sample?: number | undefined;
  signal?: AbortSignal;
  onList?: (done: number, total: number) => void;
}

export interface CheckDeps {
  client: Client;
  /** The agents that the mirror is to have; all unless given. */
  agents?: AgentChoice;
  reader: Reader;
  /** A number in [0, 1). */
  random: () => number;
  pageSize?: number;
}

/** The numbers of the list's pages to read: the first, and one at random from each further part of the list. */
export function* pagesOf(count: number, sample: number | undefined, random: () => number): Generator<number> {
  const wanted = Math.min(count, sample ?? count);
  yield 0;
  for (let n = 1; n < wanted; n += 1)
    yield wanted === count ? n : Math.min(count - 1, Math.floor(((n + random()) * count) / wanted));
}

/** Compares a list, or some of its pages. The first page gives the number of pages and the rows per page. */
async function compareList(
  deps: CheckDeps,
  list: AnyList,
  checked: Checked,
  { sample, signal }: CheckOptions,
): Promise<{ rows: number; differences: Difference[] }> {
  const limit = deps.pageSize ?? maxPageSize;
  const source = { agents: allAgents, ...deps };
  const first = await comparedLists[list](source, checked, { offset: 0, limit, signal });
  // Some APIs give smaller pages than we ask for.
  const size = first.hasMore && first.rows.length > 0 ? first.rows.length : limit;
  const count = Math.max(1, Math.ceil(first.total / size));
  const seen = new Set(first.ids);
  const differences = [...first.differences];
  for (const number of pagesOf(count, sample, deps.random)) {
    if (number === 0) continue;
    const [before, unread] = [seen.size, differences.length];
    const page = await comparedLists[list](source, checked, { offset: number * size, limit: size, signal });
    for (const id of page.ids) seen.add(id);
    differences.push(...page.differences.map((one) => ({ ...one, id: one.id.replace(/^\?/, `?${number}.`) })));
    const isLeftOut = page.rows.length > 0 && page.ids.length === 0;
    if (seen.size === before && differences.length === unread && !isLeftOut)
      throw new ApiError('bad_answer', `page ${number + 1} of ${count} has no row that is not on an earlier page`);
  }
  const isWhole = sample === undefined || sample >= count;
  const surplus = isWhole ? liveIds(deps.reader, list, checked.agentId).filter((id) => !seen.has(id)) : [];
  // A row without a known id may be any of those.
  const isNameless = differences.some(({ id }) => id.startsWith('?'));
  const gone = isNameless ? [] : surplus.map((id) => ({ kind: 'surplus', id, field: null }) as const);
  return { rows: seen.size, differences: [...differences, ...gone] };
}

const nameOf = ({ kind, id, field }: Difference) => JSON.stringify([kind, id, field]);

/** What differs in a list at two looks: lists move, so one look proves nothing. */
async function twice(look: () => ReturnType<typeof compareList>) {
  const { rows, differences } = await look();
  if (differences.length === 0) return { rows, differences };
  const again = await look();
  const lasting = new Set(again.differences.map(nameOf));
  return { rows, differences: differences.filter((one) => lasting.has(nameOf(one))) };
}

/** The time from which on the mirror keeps each list's rows, by list and agent. */
function keptFroms({ db }: Reader): Map<string, number> {
  const rows = db.select().from(syncState).innerJoin(agents, eq(agents.id, syncState.agent)).all();
  return new Map(rows.map((row) => [`${row.sync_state.list}:${row.agents.agentId}`, row.sync_state.keptFrom]));
}

/** The agents that the API or the mirror has. */
async function agentIds(deps: CheckDeps, { agentId, signal }: CheckOptions) {
  const { client, reader, agents = allAgents, pageSize = maxPageSize } = deps;
  if (agentId !== undefined && !agents.includes(agentId)) throw new LeftOutError(leftOutSentence(agents, agentId));
  const { rows } = chosenOf(await listAgents(client, { limit: pageSize, signal }), agents);
  const ids = new Set([...liveIds(reader, 'agents', ''), ...rows.map(({ row }) => row.agent_id)]);
  if (agentId !== undefined && !ids.has(agentId))
    throw new UsageError(`Neither the Customer API nor the mirror lists an agent ${JSON.stringify(agentId)}.`);
  return agentId === undefined ? [...ids] : [agentId];
}

/** One list to compare. */
interface Look {
  agentId: string;
  list: string;
  look: () => ReturnType<typeof compareList>;
}

/** All lists of these agents, and, unless the check is about one agent, those of no agent. */
function looksAt(deps: CheckDeps, agentIds: readonly string[], options: CheckOptions): Look[] {
  const kept = keptFroms(deps.reader);
  const lookAt = (agentId: string, list: AnyList): Look => {
    const checked = { agentId, keptFrom: kept.get(`${list}:${agentId}`) ?? 0 };
    return { agentId, list, look: () => compareList(deps, list, checked, options) };
  };
  const ofAgents = agentIds.flatMap((agentId) => movingLists.map((list) => lookAt(agentId, list)));
  if (options.agentId !== undefined) return ofAgents;
  const { signal } = options;
  const source = { agents: allAgents, ...deps };
  const beside = listsBeside(deps.reader).map(({ list, owner }): Look => {
    return { agentId: owner, list: list.name, look: () => compareRecords(source, list, owner, { signal }) };
  });
  return [lookAt('', 'agents'), ...ofAgents, ...beside];
}

/**
 * Compares all lists of the API with the mirror. Another process may write the mirror meanwhile.
 * @throws ApiError when the API is unusable; UsageError for an agent that neither the API nor the mirror knows.
 */
export async function checkAgainstApi(deps: CheckDeps, options: CheckOptions = {}): Promise<CheckSummary> {
  const { client } = deps;
  const before = client.spent.requests;
  const summary: CheckSummary = { rows: {}, requests: 0, lists: [], failures: [] };
  const looks = looksAt(deps, await agentIds(deps, options), options);
  for (const [done, { agentId, list, look }] of looks.entries()) {
    options.onList?.(done, looks.length);
    try {
      const { rows, differences } = await twice(look);
      summary.rows[list] = (summary.rows[list] ?? 0) + rows;
      if (differences.length > 0) summary.lists.push({ agentId, list, differences });
    } catch (error) {
      if (!(error instanceof ApiError) || error.stopsThePass) throw error;
      summary.failures.push({ agentId, list, kind: error.kind, message: error.message });
    }
  }
  return { ...summary, requests: client.spent.requests - before };
}

/**
 * The same with a client and a rate limit of its own: to share the limit of all processes, it would have to write the
 * file.
 */
export async function checkMirrorFile(
  config: Config,
  reader: Reader,
  deps: { clock: Clock; random: () => number; log: Pick<Log, 'event'> },
  options: CheckOptions,
): Promise<CheckSummary> {
  const client = createClient(config, deps);
  try {
    return await checkAgainstApi({ client, reader, agents: config.agents, random: deps.random }, options);
  } finally {
    await client.close();
  }
}
