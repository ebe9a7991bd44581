import type { CriticalSignal, Sight } from '../queries/news.ts';

/** What sessions hear of. */
export type Notice =
  /** Something in the mirror changed. */
  | { of: 'changed' }
  /** The API can't be used; the sentence says why. */
  | { of: 'away'; sentence: string }
  | { of: 'back' }
  /** A pass brought them, newest first. */
  | { of: 'critical'; signals: readonly CriticalSignal[] };

/** What has been noticed so far. Times are Unix seconds. */
export interface Memory {
  /** Older trouble is not of this life. */
  beganAt: number;
  /** The trouble that was told of and is not over. */
  away: { kind: string; sentence: string } | undefined;
  /** From when on new signals are news; none before the mirror was complete for the first time. */
  baseline: Baseline | undefined;
}

interface Baseline {
  /** No signal with an id up to this one is news any more. */
  floor: number;
  /** CRITICAL signals above the floor that were told of. */
  told: ReadonlySet<number>;
  /** The highest id at some moment. A pass that began later has brought all up to it. */
  mark: { at: number; topSignalId: number };
  signalPasses: number;
}

export function begin(now: number): Memory {
  return { beganAt: now, away: undefined, baseline: undefined };
}

type Followed = { memory: Memory; notices: Notice[] };

/**
 * What is new in `sight`. `criticalAbove` gives the CRITICAL signals above an id. Ids grow as signals are detected, but
 * agents' lists are read one after the other, so that a lower id may come after a higher one: those that were told are
 * remembered down to an id below which none can come any more.
 */
export function follow(
  memory: Memory,
  sight: Sight,
  now: number,
  criticalAbove: (floor: number) => CriticalSignal[],
): Followed {
  const { away, notices } = followApi(memory, sight);
  const { baseline, fresh } = followSignals(memory.baseline, sight, now, criticalAbove);
  if (fresh.length > 0) notices.push({ of: 'critical', signals: fresh });
  return { memory: { ...memory, away, baseline }, notices };
}

function followApi({ away, beganAt }: Memory, { trouble }: Sight): { away: Memory['away']; notices: Notice[] } {
  if (!trouble) return { away: undefined, notices: away ? [{ of: 'back' }] : [] };
  if (trouble.at < beganAt || trouble.kind === away?.kind) return { away, notices: [] };
  const sentence = trouble.message;
  return { away: { kind: trouble.kind, sentence }, notices: [{ of: 'away', sentence }] };
}

function followSignals(
  known: Baseline | undefined,
  { syncedAt, isReplacing, topSignalId, signalPasses }: Sight,
  now: number,
  criticalAbove: (floor: number) => CriticalSignal[],
): { baseline: Baseline | undefined; fresh: CriticalSignal[] } {
  // The first fill brings old signals, and so does the replacing of a wiped backend's.
  if (syncedAt === null || isReplacing) return { baseline: undefined, fresh: [] };
  const mark = { at: now, topSignalId };
  // Ids only ever fall when they have started again: the backend was wiped.
  if (!known || topSignalId < known.mark.topSignalId)
    return { baseline: { floor: topSignalId, told: new Set(), mark, signalPasses }, fresh: [] };
  const found = signalPasses === known.signalPasses ? [] : criticalAbove(known.floor);
  const fresh = found.filter(({ id }) => !known.told.has(id));
  const isRead = syncedAt > known.mark.at;
  const floor = isRead ? known.mark.topSignalId : known.floor;
  const told = [...known.told, ...fresh.map(({ id }) => id)].filter((id) => id > floor);
  return { baseline: { floor, told: new Set(told), mark: isRead ? mark : known.mark, signalPasses }, fresh };
}
