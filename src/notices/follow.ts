import type { CriticalSignal, NewsState } from '../queries/news.ts';

/** The events that sessions hear about. */
export type Notice =
  /** Something in the mirror changed. */
  | { of: 'changed' }
  /** The API can't be used; the sentence says why. */
  | { of: 'away'; sentence: string }
  | { of: 'back' }
  /** A pass brought these signals, newest first. */
  | { of: 'critical'; signals: readonly CriticalSignal[] };

/** What has been seen and reported so far. Times are Unix seconds. */
export interface Memory {
  /** When watching started; older trouble is not reported. */
  beganAt: number;
  /** The trouble that was reported and is not over. */
  away: { kind: string; sentence: string } | undefined;
  /** Where new signals start to be news; undefined before the mirror was complete for the first time. */
  baseline: Baseline | undefined;
}

interface Baseline {
  /** A signal with an id up to this one is no longer news. */
  floor: number;
  /** CRITICAL signals above the floor that were reported. */
  reported: ReadonlySet<number>;
  /** The highest id at a moment. A pass that started later has fetched every signal up to it. */
  mark: { at: number; topSignalId: number };
  signalPasses: number;
}

export function begin(now: number): Memory {
  return { beganAt: now, away: undefined, baseline: undefined };
}

type Followed = { memory: Memory; notices: Notice[] };

/**
 * What is new in `sight`. `criticalAbove` gives the CRITICAL signals above an id. Ids grow as signals are detected, but
 * agents' lists are read one after the other, so a lower id may arrive after a higher one. So the reported ids are
 * remembered, down to an id below which no new signal can arrive.
 */
export function follow(
  memory: Memory,
  sight: NewsState,
  now: number,
  criticalAbove: (floor: number) => CriticalSignal[],
): Followed {
  const { away, notices } = followApi(memory, sight);
  const { baseline, fresh } = followSignals(memory.baseline, sight, now, criticalAbove);
  if (fresh.length > 0) notices.push({ of: 'critical', signals: fresh });
  return { memory: { ...memory, away, baseline }, notices };
}

function followApi({ away, beganAt }: Memory, { trouble }: NewsState): { away: Memory['away']; notices: Notice[] } {
  if (!trouble) return { away: undefined, notices: away ? [{ of: 'back' }] : [] };
  if (trouble.at < beganAt || trouble.kind === away?.kind) return { away, notices: [] };
  const sentence = trouble.message;
  return { away: { kind: trouble.kind, sentence }, notices: [{ of: 'away', sentence }] };
}

function followSignals(
  known: Baseline | undefined,
  { syncedAt, isReplacing, topSignalId, signalPasses }: NewsState,
  now: number,
  criticalAbove: (floor: number) => CriticalSignal[],
): { baseline: Baseline | undefined; fresh: CriticalSignal[] } {
  // The first fill brings old signals, and so does replacing the rows of a wiped backend.
  if (syncedAt === null || isReplacing) return { baseline: undefined, fresh: [] };
  const mark = { at: now, topSignalId };
  // Ids only fall when the backend was wiped and starts numbering again.
  if (!known || topSignalId < known.mark.topSignalId)
    return { baseline: { floor: topSignalId, reported: new Set(), mark, signalPasses }, fresh: [] };
  const found = signalPasses === known.signalPasses ? [] : criticalAbove(known.floor);
  const fresh = found.filter(({ id }) => !known.reported.has(id));
  const isRead = syncedAt > known.mark.at;
  const floor = isRead ? known.mark.topSignalId : known.floor;
  const reported = [...known.reported, ...fresh.map(({ id }) => id)].filter((id) => id > floor);
  return { baseline: { floor, reported: new Set(reported), mark: isRead ? mark : known.mark, signalPasses }, fresh };
}
