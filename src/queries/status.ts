import { statSync } from 'node:fs';
import { eq, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { type Poller, pollerOf } from '../db/poller.ts';
import { agents, mirrorMeta } from '../db/schema.ts';
import { fleetState, syncState } from '../db/sync-tables.ts';
import { eachList, type ListName } from '../lists/names.ts';
import { type RecordListStatus, recordListStatus } from './records.ts';
import { type TextState, textState } from './texts.ts';

/** How one list of an agent is mirrored. Times are Unix seconds. */
export interface ListStatus {
  rows: number;
  /** Everything after this moment is mirrored; 0: all that the API has; null: nothing yet. */
  coveredFrom: number | null;
  completedAt: number | null;
  error: string | null;
  /** Rows of the API's list that can't be read. */
  unread: number;
  /** It came from another mirror, and no walk over all of it has ended since. */
  isUnproven: boolean;
}

export interface AgentStatus {
  agentId: string;
  gone: boolean;
  lists: Record<ListName, ListStatus>;
}

export interface MirrorStatus {
  /** The size of the file and its write-ahead log on the disk, in bytes. */
  bytes: number;
  apiUrl: string;
  schemaVersion: number;
  texts: TextState;
  createdAt: number;
  /** The globs of the only agents that are mirrored, by choice; null: all are. */
  onlyAgents: string | null;
  lastPassBeganAt: number | null;
  lastPassCompletedAt: number | null;
  lastError: { kind: string; message: string; at: number | null } | null;
  poller: Poller | null;
  agents: AgentStatus[];
  /** The small lists, as far as they were asked for. */
  recordLists: RecordListStatus[];
  /** The lists that could not be read completely. */
  unread: UnreadList[];
}

/** A list with rows that can't be read. */
export interface UnreadList {
  /** Null: it is no agent's list. */
  agentId: string | null;
  list: string;
  /** How many, and what is wrong with one of them: the field and the reason, not the value. */
  count: number;
  shape: string;
}

const notRead: ListStatus = {
  rows: 0,
  coveredFrom: null,
  completedAt: null,
  error: null,
  unread: 0,
  isUnproven: false,
};

const bytesOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** How many rows of a list the mirror has, of all agents. */
export const rowsOf = ({ agents }: Pick<MirrorStatus, 'agents'>, list: ListName): number =>
  agents.reduce((total, { lists }) => total + lists[list].rows, 0);

/** The state of the mirror: its owner, how far each list is mirrored, and the process that polls (at `now`). */
export function mirrorStatus(reader: Reader, now: number): MirrorStatus {
  const { db, file } = reader;
  const meta = db.select().from(mirrorMeta).get();
  const fleet = db.select().from(fleetState).get();
  const rows = db
    .select({ agentId: agents.agentId, goneAt: agents.goneAt, list: syncState })
    .from(agents)
    .leftJoin(syncState, eq(syncState.agent, agents.id))
    .where(sql`${agents.pass} is not null`)
    .orderBy(sql`${agents.lastSeen} desc`)
    .all();
  const found = new Map<string, AgentStatus>();
  const unread: UnreadList[] = [];
  if (fleet && fleet.unreadAgents > 0)
    unread.push({ agentId: null, list: 'agents', count: fleet.unreadAgents, shape: fleet.unreadShape ?? '' });
  for (const { agentId, goneAt, list } of rows) {
    const status = found.get(agentId) ?? { agentId, gone: goneAt !== null, lists: eachList(() => notRead) };
    found.set(agentId, status);
    if (!list) continue;
    const { rows, coveredFrom, completedAt, error, unread: count } = list;
    status.lists[list.list] = { rows, coveredFrom, completedAt, error, unread: count, isUnproven: list.fullAt === 0 };
    if (count > 0) unread.push({ agentId, list: list.list, count, shape: list.unreadShape ?? '' });
  }
  const recordLists = recordListStatus({ db });
  for (const { list, unread: count, unreadShape } of recordLists)
    if (count > 0) unread.push({ agentId: null, list, count, shape: unreadShape ?? '' });
  return {
    bytes: bytesOf(file) + bytesOf(`${file}-wal`),
    apiUrl: meta?.apiUrl ?? '',
    schemaVersion: meta?.schemaVersion ?? 0,
    texts: textState(reader),
    createdAt: meta?.createdAt ?? 0,
    onlyAgents: fleet?.onlyAgents ?? null,
    lastPassBeganAt: fleet?.syncedAt ?? null,
    lastPassCompletedAt: fleet?.completedAt ?? null,
    lastError: fleet?.error != null ? { kind: fleet.errorKind ?? '', message: fleet.error, at: fleet.errorAt } : null,
    poller: pollerOf({ db }, now),
    agents: [...found.values()],
    recordLists,
    unread,
  };
}
