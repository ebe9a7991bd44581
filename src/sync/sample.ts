import { and, count, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import { allAgents } from '../agent-choice.ts';
import { type Client, createClient } from '../api/client.ts';
import { maxPageSize } from '../api/pages.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Reader } from '../db/open.ts';
import { agents, runs } from '../db/schema.ts';
import { syncState } from '../db/sync-tables.ts';
import { ApiError, MirrorError } from '../errors.ts';
import { type ListName, movingLists } from '../lists/names.ts';
import { getRunDetail } from '../lists/run-detail.ts';
import { comparedLists } from './check-rows.ts';
import { eventsApart } from './compared-events.ts';

/** Holds samples of a mirror that another server sent against the API, so that it is known to be of the same API. */

/** Pages of each kind of list, and runs: together few requests. */
const samples = 2;
/** As many of a page's rows may have come, and of a list's gone, since the mirror was last at the API. */
const mayHaveCome = 1 / 2;
const mayHaveGone = 1 / 20;

interface SampleDeps {
  client: Client;
  reader: Reader;
  random: () => number;
  signal: AbortSignal;
}

interface KnownList {
  agentId: string;
  list: ListName;
  rows: number;
}

const other = (why: string) =>
  new MirrorError(
    'handed',
    `What was sent is not a mirror of this API, as this key sees it: ${why}. Nothing was taken. Check DUNETRACE_API_URL and DUNETRACE_API_KEY here and on the other server. If rows have just changed in the API, try again.`,
  );

/** Long lists are more likely. */
function pick(lists: readonly KnownList[], random: () => number): KnownList[] {
  const drawn = lists.map((list) => ({ list, at: -Math.log(1 - random()) / list.rows }));
  return drawn
    .sort((one, another) => one.at - another.at)
    .slice(0, samples)
    .map(({ list }) => list);
}

function listsIn({ db }: Reader, list: ListName): KnownList[] {
  return db
    .select({ agentId: agents.agentId, list: syncState.list, rows: syncState.rows })
    .from(syncState)
    .innerJoin(agents, eq(agents.id, syncState.agent))
    .where(and(eq(syncState.list, list), gt(syncState.rows, 0), isNull(agents.goneAt)))
    .all();
}

async function demandPage({ client, reader, random, signal }: SampleDeps, known: KnownList): Promise<void> {
  const { agentId, list, rows } = known;
  const offset = Math.floor(random() * Math.ceil(rows / maxPageSize)) * maxPageSize;
  const source = { client, reader, agents: allAgents };
  const page = await comparedLists[list](source, { agentId, keptFrom: 0 }, { offset, limit: maxPageSize, signal });
  const whose = `the ${list} of ${agentId}`;
  if (page.total < rows * (1 - mayHaveGone))
    throw other(`it has ${rows} rows in ${whose}, and the API has ${page.total}`);
  const apart = page.differences.find(({ kind }) => kind === 'differs');
  if (apart) throw other(`${apart.id} in ${whose} has another ${apart.field}`);
  const missing = page.differences.filter(({ kind }) => kind === 'missing').length;
  if (missing > page.ids.length * mayHaveCome)
    throw other(`of ${page.ids.length} rows in ${whose}, it lacks ${missing}`);
}

interface SampledRun {
  runId: string;
  agentId: string;
  completedAt: number | null;
  detailAt: number | null;
}

/** Runs whose events are here, if there are any: nothing else looks at these again. By their rank, as ids are the sender's. */
function someRuns({ db }: Reader, random: () => number): SampledRun[] {
  const { runId, completedAt, detailAt } = runs;
  const isLive = and(isNull(runs.goneAt), isNotNull(runs.pass), isNull(agents.goneAt));
  const hasEvents = sql`exists (select 1 from run_sums where run = ${runs.id})`;
  for (const which of [and(isLive, hasEvents), isLive]) {
    const from = db
      .select({ runId, agentId: agents.agentId, completedAt, detailAt })
      .from(runs)
      .innerJoin(agents, eq(agents.id, runs.agent))
      .where(which)
      .orderBy(runs.id);
    const { rows = 0 } = db.select({ rows: count() }).from(from.as('live')).get() ?? {};
    if (rows === 0) continue;
    const drawn = Array.from({ length: samples }, () => Math.floor(random() * rows));
    return drawn.flatMap((rank) => from.limit(1).offset(rank).all());
  }
  return [];
}

async function demandRun({ client, reader, signal }: SampleDeps, sampled: SampledRun): Promise<void> {
  const { runId, agentId, completedAt, detailAt } = sampled;
  try {
    const detail = await getRunDetail(client, runId, { signal });
    if (detail.run.row.agent_id !== agentId) throw other(`its run ${runId} is of another agent`);
    const apart = eventsApart(reader, detail, { mayLack: completedAt === null || detailAt === null });
    if (apart !== undefined) throw other(apart);
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'not_found') throw error;
    throw other(`the API has no run ${runId}`);
  }
}

/**
 * Compares pages of the mirror's lists, and the events of runs, with the API. At most six requests.
 * @throws MirrorError of kind handed for a mirror that is of another API, or of another key's rows, or that nothing of can
 * be sampled; ApiError when the API is unusable.
 */
export async function demandSample(
  config: Config,
  reader: Reader,
  { clock, random, signal }: { clock: Clock; random: () => number; signal: AbortSignal },
): Promise<void> {
  const picked = movingLists.flatMap((list) => pick(listsIn(reader, list), random));
  if (picked.length === 0) throw other('it has no runs and no signals to compare');
  const client = createClient(config, { clock, random });
  const deps = { client, reader, random, signal };
  try {
    for (const known of picked) await demandPage(deps, known);
    for (const run of someRuns(reader, random)) await demandRun(deps, run);
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'not_found') throw other(error.message);
    throw error;
  } finally {
    await client.close();
  }
}
