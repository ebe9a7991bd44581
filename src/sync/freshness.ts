import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { Reader } from '../db/open.ts';
import { prepared, preparedByShape } from '../db/prepared.ts';
import { apiState } from '../db/process-tables.ts';
import { agents } from '../db/schema.ts';
import { fleetState, recordLists, syncState } from '../db/sync-tables.ts';
import { movingLists, rowOfList } from '../lists/names.ts';
import type { RecordListName } from '../lists/records.ts';
import { downSentence, isDown, outageOf } from './circuit.ts';
import { quietOf } from './shared-budget.ts';

/** Numbers of rows by their list; a list without any is left out. */
type Counts = Readonly<Record<string, number>>;

/** Where an answer came from and how old it is; every answer carries one. */
export interface Freshness {
  source: 'mirror' | 'live' | 'temporary';
  /** The moment at which the mirror was last known equal to the API (ISO 8601, UTC); null: never yet. */
  synced_at: string | null;
  age_seconds: number | null;
  /** Older than three poll intervals. */
  stale: boolean;
  /** Whether the mirror has everything that the API has on the answer's subject. */
  covered: boolean;
  /** The answer is about all agents, and of these only some are mirrored, by choice: the globs of DUNETRACE_AGENTS. */
  only_agents?: string | undefined;
  /**
   * Unreadable rows of the API's lists, or a whole unreadable list, while there are any: the answer does not equal the
   * API's.
   */
  unread?: Counts | undefined;
  /** Of an answer with evidence or events: how the mirror holds the texts in them. */
  texts?: 'hashed' | 'kept' | 'being hashed' | undefined;
  /** What else the reader of the answer should know. */
  note?: string | undefined;
}

/** A list beside agents, runs and signals: an agent's, or (`owner` empty) the organisation's. */
export type RecordListId = { list: RecordListName; owner: string };

/** What an answer is about: all agents, one, or such a list. */
export type Scope = { agentId?: string | undefined; records?: RecordListId | undefined };

/** What the mirror knows of its own state, and of the API's. Times are Unix seconds. */
export interface MirrorState {
  syncedAt: number | null;
  /** How old (in seconds) a small list may be to count as fresh; what moves more often goes by the polls. */
  freshSeconds?: number;
  /** Every list in the scope is mirrored whole. */
  covered: boolean;
  /** Of the agents in the scope, only those that match these globs are mirrored, by choice. */
  onlyAgents?: string | undefined;
  /** Lists in the scope that came from another mirror, and of which no walk over all of them has ended since. */
  unproven?: number | undefined;
  /**
   * Unreadable rows of the agents list and of the lists in the scope, and what is wrong with one of them. No counts:
   * whole lists are unreadable, and `trouble` names them.
   */
  unread?: { counts: Counts; shape: string } | undefined;
  /** Why the fleet, or a list in the scope, can't be read. */
  trouble?: { kind: string; message: string; at: number | null } | undefined;
  /** Why we must not ask the API at the moment: it counts as down, or asked for a pause. */
  closed?: { kind: string; message: string } | undefined;
}

const apiRow = prepared((db) => db.select().from(apiState).prepare());

/** Why we must not ask the API, as any process on the file found. */
function closedBy(
  known: StoredState['api'],
  { now, monotonic }: Pick<Clock, 'now' | 'monotonic'>,
): MirrorState['closed'] {
  const quiet = quietOf(known, monotonic());
  if (quiet) return { kind: 'rate_limited', message: quiet.why };
  const outage = outageOf(known, now());
  return isDown(outage) ? { kind: outage.kind, message: downSentence(outage, now()) } : undefined;
}

const inScope = (isOneAgent: boolean) =>
  and(isNull(agents.goneAt), isOneAgent ? eq(agents.agentId, sql.placeholder('agentId')) : undefined);

/** SQL counts them: each answer reads this, and there may be hundreds of lists. */
const listsOf = preparedByShape((db, isOneAgent: boolean) =>
  db
    .select({
      /** Each agent has all the lists; a list that was never read has no state. */
      count: sql<number>`${movingLists.length} * count(distinct ${agents.id})`,
      whole: sql<number>`coalesce(sum(${syncState.coveredFrom} = 0 and ${syncState.unread} = 0), 0)`,
      unread: sql<number>`coalesce(sum(${syncState.unread}), 0)`,
      unproven: sql<number>`coalesce(sum(${syncState.fullAt} = 0), 0)`,
      shape: sql<string | null>`max(${syncState.unreadShape}) filter (where ${syncState.unread} > 0)`,
      /** When the oldest of their last whole reads began; null when one was never read. */
      begunAt: sql<
        number | null
      >`iif(sum(${syncState.completedAt} is null or ${syncState.beganAt} is null), null, min(${syncState.beganAt}))`,
    })
    .from(agents)
    .leftJoin(syncState, eq(syncState.agent, agents.id))
    .where(inScope(isOneAgent))
    .prepare(),
);

const unreadOf = preparedByShape((db, isOneAgent: boolean) =>
  db
    .select({ list: syncState.list, count: sql<number>`sum(${syncState.unread})` })
    .from(agents)
    .innerJoin(syncState, eq(syncState.agent, agents.id))
    .where(inScope(isOneAgent))
    .groupBy(syncState.list)
    .prepare(),
);

const failedOf = preparedByShape((db, isOneAgent: boolean) =>
  db
    .select({
      agentId: agents.agentId,
      list: syncState.list,
      kind: syncState.errorKind,
      error: syncState.error,
      at: syncState.errorAt,
    })
    .from(agents)
    .innerJoin(syncState, eq(syncState.agent, agents.id))
    .where(and(inScope(isOneAgent), isNotNull(syncState.error)))
    .limit(1)
    .prepare(),
);

const fleetRow = prepared((db) => db.select().from(fleetState).prepare());

/** What the mirror stores of its state. */
interface StoredState extends Omit<MirrorState, 'trouble' | 'closed'> {
  fleetTrouble: MirrorState['trouble'];
  listTrouble: MirrorState['trouble'];
  api: typeof apiState.$inferSelect | undefined;
}

/** Reads what the mirror knows of its own state, for one agent or all. */
export function readMirrorState(reader: Reader, scope: Scope, clock: Pick<Clock, 'now' | 'monotonic'>): MirrorState {
  const { fleetTrouble, listTrouble, api, ...known } = readState(reader, scope);
  const closed = closedBy(api, clock);
  return { ...known, trouble: fleetTrouble ? { ...fleetTrouble, ...closed } : listTrouble, closed };
}

/** Why the fleet can't be read. */
function troubleOf(fleet: typeof fleetState.$inferSelect | undefined): MirrorState['trouble'] {
  return fleet?.errorKind == null
    ? undefined
    : { kind: fleet.errorKind, message: fleet.error ?? fleet.errorKind, at: fleet.errorAt };
}

const limitOf = (fleet: typeof fleetState.$inferSelect | undefined): Pick<MirrorState, 'onlyAgents'> =>
  fleet?.onlyAgents == null ? {} : { onlyAgents: fleet.onlyAgents };

const recordListRow = prepared((db) =>
  db
    .select()
    .from(recordLists)
    .where(and(eq(recordLists.list, sql.placeholder('list')), eq(recordLists.owner, sql.placeholder('owner'))))
    .prepare(),
);

/** These lists change when a person changes them, or a day's runs do. */
const recordFreshSeconds = 300;

function readRecordListState(reader: Reader, id: RecordListId): StoredState {
  const { list, owner } = id;
  const state = recordListRow(reader).get(id);
  const { readAt = null, coveredFrom = 0, rows = 0, unread = 0, unreadShape, errorKind = null } = state ?? {};
  const isMissing = errorKind === 'not_found' && rows === 0;
  const whose = owner === '' ? `${list} list` : `${list} of ${owner}`;
  const message = `the ${whose} can't be read (${state?.error})`;
  const fleet = fleetRow(reader).get();
  return {
    syncedAt: readAt,
    freshSeconds: recordFreshSeconds,
    covered: readAt !== null && coveredFrom === 0 && unread === 0 && errorKind === null,
    ...(unread > 0 ? { unread: { counts: { [list]: unread }, shape: unreadShape ?? '' } } : {}),
    ...(owner === '' ? limitOf(fleet) : {}),
    fleetTrouble: troubleOf(fleet),
    listTrouble: errorKind === null || isMissing ? undefined : { kind: errorKind, message, at: state?.errorAt ?? null },
    api: apiRow(reader).get(),
  };
}

function readState(reader: Reader, { agentId, records }: Scope): StoredState {
  if (records !== undefined) return readRecordListState(reader, records);
  const isOneAgent = agentId !== undefined;
  const fleet = fleetRow(reader).get();
  const lists = listsOf(reader, isOneAgent).get({ agentId });
  const failed = failedOf(reader, isOneAgent).get({ agentId });
  const listTrouble =
    failed && failed.kind !== null
      ? {
          kind: failed.kind,
          message: `the ${failed.list} of ${failed.agentId} can't be read (${failed.kind === 'not_found' ? 'the API answers 404' : failed.error})`,
          at: failed.at,
        }
      : undefined;
  // A pass completes even if one list of an agent is unreadable: that agent's answers are as old as its last whole
  // read.
  const isAgentBehind = isOneAgent && failed !== undefined;
  const unreadAgents = fleet?.unreadAgents ?? 0;
  const counts: Record<string, number> = unreadAgents > 0 ? { agents: unreadAgents } : {};
  if (lists && lists.unread > 0)
    for (const { list, count } of unreadOf(reader, isOneAgent).all({ agentId })) if (count > 0) counts[list] = count;
  const shape = unreadAgents > 0 ? fleet?.unreadShape : lists?.shape;
  const isWhole = lists && lists.count > 0 ? lists.whole === lists.count : fleet?.syncedAt != null;
  const isUnread = failed !== undefined || Object.keys(counts).length > 0;
  return {
    syncedAt: isAgentBehind ? (lists?.begunAt ?? null) : (fleet?.syncedAt ?? null),
    covered: isWhole && unreadAgents === 0 && failed === undefined,
    ...(isOneAgent ? {} : limitOf(fleet)),
    ...(lists && lists.unproven > 0 ? { unproven: lists.unproven } : {}),
    ...(isUnread ? { unread: { counts, shape: shape ?? '' } } : {}),
    fleetTrouble: troubleOf(fleet),
    listTrouble,
    api: apiRow(reader).get(),
  };
}

/**
 * A mirror that missed this many polls still counts as fresh. This counts usual intervals, however the poller paces
 * itself: when no client has asked for long, it polls less often, and the first question finds an older mirror than
 * usual. We then sync it live, and the poller returns to its usual pace.
 */
const freshPolls = 3;

/** Whether the mirror was equal to the API recently enough to answer without asking it. */
export function isFresh(state: Pick<MirrorState, 'syncedAt' | 'freshSeconds'>, now: number, pollMs: number): boolean {
  const { syncedAt, freshSeconds = (freshPolls * pollMs) / 1000 } = state;
  return syncedAt !== null && now - syncedAt < freshSeconds;
}

/** Kinds of trouble where asking again at once would only make the user wait. */
const isOut = (kind: string) => kind === 'unreachable' || kind === 'unauthorized' || kind === 'rate_limited';

/**
 * Why it is useless to ask the API now: it counts as down or asked for a pause, or a pass found it unreachable within
 * the last minute, or within two poll intervals.
 */
export function skipReason({ trouble, closed }: MirrorState, now: number, pollMs: number): MirrorState['closed'] {
  if (closed) return closed;
  if (!trouble || !isOut(trouble.kind) || trouble.at === null) return undefined;
  return Math.abs(now - trouble.at) < Math.max(60, (2 * pollMs) / 1000) ? trouble : undefined;
}

/** What an answer says about its age. `asked` is how its targeted sync ended, and the note to add. */
export function freshnessOf(
  state: MirrorState,
  now: number,
  pollMs: number,
  asked: { isDone: boolean; note?: string | undefined } | undefined,
): Freshness {
  const fresh = isFresh(state, now, pollMs);
  const { onlyAgents, unproven } = state;
  // What another mirror says of itself is no knowledge of ours.
  const syncedAt = unproven === undefined ? state.syncedAt : null;
  const partly = onlyAgents !== undefined && !state.covered ? 'not all that these agents have is mirrored' : undefined;
  const taken = unproven === undefined ? undefined : unprovenNote(unproven);
  const notes = [asked?.note ?? state.trouble?.message, partly, taken, state.unread && unreadNote(state.unread)];
  const note = notes.filter((said) => said !== undefined).join('; ');
  return {
    source: asked?.isDone && !state.trouble ? 'live' : 'mirror',
    synced_at: syncedAt === null ? null : new Date(syncedAt * 1000).toISOString(),
    age_seconds: syncedAt === null ? null : Math.max(0, Math.round(now - syncedAt)),
    stale: !fresh,
    covered: state.covered && onlyAgents === undefined,
    ...(onlyAgents === undefined ? {} : { only_agents: onlyAgents }),
    ...(state.unread ? { unread: state.unread.counts } : {}),
    ...(note === '' ? {} : { note }),
  };
}

const unprovenNote = (lists: number) =>
  `${lists} ${lists === 1 ? 'list' : 'lists'} came from another mirror and ${lists === 1 ? 'is' : 'are'} not yet compared with the API as a whole`;

/** The note on unreadable rows, for the middle of a sentence. */
function unreadNote({ shape, counts }: NonNullable<MirrorState['unread']>): string | undefined {
  const said = Object.entries(counts).map(
    ([list, count]) => `${count} ${count === 1 ? rowOfList(list) : list.replaceAll('_', ' ')}`,
  );
  if (said.length === 0) return undefined;
  return `the API has ${said.join(', ')} that can't be read (${shape}), so they are missing here or outdated`;
}
