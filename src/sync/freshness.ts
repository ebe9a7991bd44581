import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { agents, fleetState, syncState } from '../mirror/schema.ts';
import { prepared, preparedByShape } from '../queries/prepared.ts';
import { untilChanged } from '../queries/unchanged.ts';

/** Where an answer came from and how old it is; every answer carries one. */
export interface Freshness {
  source: 'mirror' | 'live' | 'temporary';
  /** The moment at which the mirror was last known equal to the API (ISO 8601, UTC); null: never yet. */
  synced_at: string | null;
  age_seconds: number | null;
  /** Older than three poll intervals. */
  stale: boolean;
  /** Whether all that the API has of what the answer speaks of is in the mirror. */
  covered: boolean;
  /** What the reader of the answer should know besides. */
  note?: string | undefined;
}

export type Scope = { agentId?: string | undefined };

/** What the mirror tells of its own state. Times are Unix seconds. */
export interface MirrorState {
  syncedAt: number | null;
  /** Every list in the scope is mirrored whole. */
  covered: boolean;
  /** What keeps the fleet, or a list in the scope, from being read. */
  trouble?: { kind: string; message: string; at: number | null } | undefined;
}

const inScope = (isOneAgent: boolean) =>
  and(isNull(agents.goneAt), isOneAgent ? eq(agents.agentId, sql.placeholder('agentId')) : undefined);

/** Counted in SQL: each answer reads this, and there may be hundreds of lists. */
const listsOf = preparedByShape((db, isOneAgent: boolean) =>
  db
    .select({
      count: sql<number>`count(*)`,
      whole: sql<number>`coalesce(sum(${syncState.coveredFrom} = 0), 0)`,
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

const remembered = untilChanged<MirrorState>();

/** What the mirror knows of its own state, for one agent or all; read anew when the mirror has changed. */
export function readMirrorState(reader: Reader, scope: Scope): MirrorState {
  return remembered(reader, JSON.stringify(scope), () => readState(reader, scope));
}

function readState(reader: Reader, { agentId }: Scope): MirrorState {
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
  const trouble =
    fleet?.errorKind != null
      ? { kind: fleet.errorKind, message: fleet.error ?? fleet.errorKind, at: fleet.errorAt }
      : listTrouble;
  // A pass completes although an agent's list could not be read: that agent's answers are as old as its last whole read.
  const isAgentBehind = isOneAgent && failed !== undefined;
  return {
    syncedAt: isAgentBehind ? (lists?.begunAt ?? null) : (fleet?.syncedAt ?? null),
    covered: lists && lists.count > 0 ? lists.whole === lists.count : fleet?.syncedAt != null,
    trouble,
  };
}

/** Polls that a mirror may have missed and still count as fresh. */
const freshPolls = 3;

/** Whether the mirror was equal to the API recently enough to answer without asking it. */
export function isFresh({ syncedAt }: Pick<MirrorState, 'syncedAt'>, now: number, pollMs: number): boolean {
  return syncedAt !== null && now - syncedAt < (freshPolls * pollMs) / 1000;
}

/** Kinds of trouble after which asking again at once would only make the user wait. */
const isOut = (kind: string) => kind === 'unreachable' || kind === 'unauthorized' || kind === 'rate_limited';

/** Whether the API is known to be out of reach since at most a minute, or as long as polls are apart. */
export function isKnownDown({ trouble }: MirrorState, now: number, pollMs: number): boolean {
  if (!trouble || !isOut(trouble.kind) || trouble.at === null) return false;
  return Math.abs(now - trouble.at) < Math.max(60, (2 * pollMs) / 1000);
}

/** What an answer says of its age. `asked` is how a targeted sync ended that was made for it, and what to add. */
export function freshnessOf(
  state: MirrorState,
  now: number,
  pollMs: number,
  asked: { isDone: boolean; note?: string | undefined } | undefined,
): Freshness {
  const fresh = isFresh(state, now, pollMs);
  const note = asked?.note ?? state.trouble?.message;
  return {
    source: asked?.isDone && !state.trouble ? 'live' : 'mirror',
    synced_at: state.syncedAt === null ? null : new Date(state.syncedAt * 1000).toISOString(),
    age_seconds: state.syncedAt === null ? null : Math.max(0, Math.round(now - state.syncedAt)),
    stale: !fresh,
    covered: state.covered,
    ...(note === undefined ? {} : { note }),
  };
}
