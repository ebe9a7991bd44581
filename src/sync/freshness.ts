import { and, eq, isNull } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { Reader } from '../mirror/open.ts';
import { agents, apiState, fleetState, syncState } from '../mirror/schema.ts';
import { downSentence, isDown, outageOf } from './circuit.ts';
import { quietOf } from './shared-budget.ts';

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

/** What the mirror tells of its own state, and of the API's. Times are Unix seconds. */
export interface MirrorState {
  syncedAt: number | null;
  /** Every list in the scope is mirrored whole. */
  covered: boolean;
  /** What keeps the fleet, or a list in the scope, from being read. */
  trouble?: { kind: string; message: string; at: number | null } | undefined;
  /** Why the API is not to be asked at the moment: it counts as down, or wants to be left in peace. */
  closed?: { kind: string; message: string } | undefined;
}

/** Why any process on the file has it that the API is not to be asked. */
function readClosed({ db }: Reader, { now, monotonic }: Pick<Clock, 'now' | 'monotonic'>): MirrorState['closed'] {
  const known = db.select().from(apiState).get();
  const quiet = quietOf(known, monotonic());
  if (quiet) return { kind: 'rate_limited', message: quiet.why };
  const outage = outageOf(known, now());
  return isDown(outage) ? { kind: outage.kind, message: downSentence(outage, now()) } : undefined;
}

/** Reads what the mirror knows of its own state, for one agent or all. */
export function readMirrorState(
  reader: Reader,
  { agentId }: Scope,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): MirrorState {
  const { db } = reader;
  const closed = readClosed(reader, clock);
  const fleet = db.select().from(fleetState).get();
  const listed = isNull(agents.goneAt);
  const lists = db
    .select({ state: syncState, agentId: agents.agentId })
    .from(agents)
    .leftJoin(syncState, eq(syncState.agent, agents.id))
    .where(agentId === undefined ? listed : and(listed, eq(agents.agentId, agentId)))
    .all();
  const failed = lists.find(({ state }) => state?.error != null);
  const listTrouble =
    failed?.state?.error != null && failed.state.errorKind !== null
      ? {
          kind: failed.state.errorKind,
          message: `the ${failed.state.list} of ${failed.agentId} can't be read (${failed.state.errorKind === 'not_found' ? 'the API answers 404' : failed.state.error})`,
          at: failed.state.errorAt,
        }
      : undefined;
  const fleetTrouble =
    fleet?.errorKind != null
      ? { kind: fleet.errorKind, message: fleet.error ?? fleet.errorKind, ...closed, at: fleet.errorAt }
      : undefined;
  // A pass completes although an agent's list could not be read: that agent's answers are as old as its last whole read.
  const begun = lists.map(({ state }) => (state?.completedAt == null ? null : state.beganAt));
  const isAgentBehind = agentId !== undefined && failed !== undefined;
  const agentSyncedAt = begun.includes(null) ? null : Math.min(...begun.map((at) => at ?? 0));
  return {
    syncedAt: isAgentBehind ? agentSyncedAt : (fleet?.syncedAt ?? null),
    covered: lists.length > 0 ? lists.every(({ state }) => state?.coveredFrom === 0) : fleet?.syncedAt != null,
    trouble: fleetTrouble ?? listTrouble,
    closed,
  };
}

/**
 * Polls that a mirror may have missed and still count as fresh. That goes by the usual interval, however the poller
 * paces itself: when nobody has asked for long it polls more seldom, and the first question finds a mirror that is
 * older than anybody is used to. It is synced live, and the poller goes on as usual.
 */
const freshPolls = 3;

/** Whether the mirror was equal to the API recently enough to answer without asking it. */
export function isFresh({ syncedAt }: Pick<MirrorState, 'syncedAt'>, now: number, pollMs: number): boolean {
  return syncedAt !== null && now - syncedAt < (freshPolls * pollMs) / 1000;
}

/** Kinds of trouble after which asking again at once would only make the user wait. */
const isOut = (kind: string) => kind === 'unreachable' || kind === 'unauthorized' || kind === 'rate_limited';

/**
 * Why it would be in vain to ask the API now: it counts as down or wants peace, or a pass has found it out of reach
 * at most a minute ago, or as long as two polls are apart.
 */
export function whyInVain({ trouble, closed }: MirrorState, now: number, pollMs: number): MirrorState['closed'] {
  if (closed) return closed;
  if (!trouble || !isOut(trouble.kind) || trouble.at === null) return undefined;
  return Math.abs(now - trouble.at) < Math.max(60, (2 * pollMs) / 1000) ? trouble : undefined;
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
