import type { syncState } from '../db/sync-tables.ts';
import type { ListName } from '../lists/names.ts';

/** The state of a list between two pages, which a row of `sync_state` holds flat. */

export type ListRow = typeof syncState.$inferSelect;

/** A running walk from the top of a list down to rows that are joined to it. */
export interface HeadWalk {
  /** The number of the pass. */
  pass: number;
  /** The offset up to which it has read. */
  cursor: number;
  /** The place of the next row that it brings; null: unknown. */
  place: number | null;
}

/** A running walk from the top of a list to its end. */
export interface TailWalk extends HeadWalk {
  /** The time of the oldest row that it has reached; null: none yet. */
  from: number | null;
  /** Rows that upstream counts and it could not read, or left as too old to keep. */
  bad: number;
  /** Rows that it could not read, with those that the mirror kept; and whether it met one without an id. */
  unread: number;
  isNameless: boolean;
  /** It is at the end of the list; its count has yet to be compared with the total. */
  hasEnded: boolean;
}

/** The phase of a list, as in the diagram in sync/plan.ts. `fullPass` is the last tail pass that completed. */
export type ListPhase =
  | { is: 'never read' }
  /** It once equalled the API's list, as far as its rows are readable. */
  | { is: 'whole'; fullPass: number }
  /** For the first time, or anew because it lost a row. */
  | { is: 'filling'; tail: TailWalk }
  | { is: 'reconciling'; fullPass: number; tail: TailWalk }
  /** The backend was wiped; 0: the list was not whole before. */
  | { is: 'replacing'; fullPass: number; tail: TailWalk };

type WalkColumn = Extract<keyof ListRow, `head${string}` | `tail${string}` | 'fullPass'>;

/** For the other fields see db/sync-tables.ts. */
export interface ListState extends Omit<ListRow, WalkColumn> {
  phase: ListPhase;
  /** On top of any phase: joining. */
  head: HeadWalk | null;
}

export const tailOf = ({ phase }: Pick<ListState, 'phase'>): TailWalk | null => ('tail' in phase ? phase.tail : null);

/** The last tail pass that completed; 0: none did, or the list lost a row since. */
export const fullPassOf = ({ phase }: Pick<ListState, 'phase'>): number => ('fullPass' in phase ? phase.fullPass : 0);

/** Whether the mirror once equalled the whole list, and no wipe has voided that since. */
export const isWhole = ({ phase }: Pick<ListState, 'phase'>): boolean =>
  phase.is === 'whole' || phase.is === 'reconciling';

/**
 * Whether the list came from another mirror, and no walk over all of it has ended since: its rows are joined to its top as far
 * as that mirror knew, which is good enough to go on from, and proves nothing.
 */
export const isUnproven = ({ fullAt }: Pick<ListState, 'fullAt'>): boolean => fullAt === 0;

/** A list that was never synced. */
export function emptyListState(agent: number, list: ListName): ListState {
  return {
    agent,
    list,
    phase: { is: 'never read' },
    head: null,
    donePass: 0,
    coveredFrom: null,
    keptFrom: 0,
    topPlace: 0,
    rows: 0,
    deficit: 0,
    unread: 0,
    unreadShape: null,
    seen: null,
    beganAt: null,
    completedAt: null,
    fullAt: null,
    errorKind: null,
    error: null,
    errorAt: null,
  };
}

/** Parses a row. What it has of a walk that does not run is ignored. */
export function stateOf(row: ListRow): ListState {
  const { headPass, headCursor, headPlace, tailPass, tailCursor, tailPlace, tailFrom, ...others } = row;
  const { tailBad, tailUnread, tailNameless, tailEnded, tailReplaces, fullPass, ...rest } = others;
  const head = headPass === null ? null : { pass: headPass, cursor: headCursor, place: headPlace };
  if (tailPass === null) return { ...rest, head, phase: restingPhase(fullPass) };
  const tail: TailWalk = {
    pass: tailPass,
    cursor: tailCursor,
    place: tailPlace,
    from: tailFrom,
    bad: tailBad,
    unread: tailUnread,
    isNameless: tailNameless,
    hasEnded: tailEnded,
  };
  if (tailReplaces) return { ...rest, head, phase: { is: 'replacing', fullPass, tail } };
  return { ...rest, head, phase: fullPass > 0 ? { is: 'reconciling', fullPass, tail } : { is: 'filling', tail } };
}

/** The phase of a list that no tail pass walks. */
export const restingPhase = (fullPass: number): ListPhase =>
  fullPass > 0 ? { is: 'whole', fullPass } : { is: 'never read' };

export function rowOf({ head, phase, ...rest }: ListState): ListRow {
  const tail = tailOf({ phase });
  return {
    ...rest,
    headPass: head?.pass ?? null,
    headCursor: head?.cursor ?? 0,
    headPlace: head?.place ?? null,
    tailPass: tail?.pass ?? null,
    tailCursor: tail?.cursor ?? 0,
    tailPlace: tail?.place ?? null,
    tailFrom: tail?.from ?? null,
    tailBad: tail?.bad ?? 0,
    tailUnread: tail?.unread ?? 0,
    tailNameless: tail?.isNameless ?? false,
    tailEnded: tail?.hasEnded ?? false,
    tailReplaces: phase.is === 'replacing',
    fullPass: fullPassOf({ phase }),
  };
}
