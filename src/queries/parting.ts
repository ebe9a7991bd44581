import type { Reader } from '../db/open.ts';
import { runSteps } from './compare.ts';
import { type Divergence, firstDivergence } from './divergence.ts';
import { type RunEventItem, runEvents } from './runs.ts';
import { type TextState, textState } from './texts.ts';

/** Where two timelines diverge. Events are numbered from 0. */
export interface Parting extends Divergence {
  texts: TextState;
  /** The last events that they share. */
  last: readonly RunEventItem[];
  /** The first events after these, for each run. */
  next: readonly [readonly RunEventItem[], readonly RunEventItem[]];
}

/** Where the timelines of two runs diverge, with up to `around` events before that, and after it for each. */
export function partingOf(reader: Reader, [one, other]: readonly [string, string], around: number): Parting {
  const divergence = firstDivergence(runSteps(reader, one), runSteps(reader, other));
  const { common } = divergence;
  const from = Math.max(0, common - around);
  const next = (runId: string) => runEvents(reader, runId, { from: common, limit: around }).items;
  const last = common === 0 ? [] : runEvents(reader, one, { from, limit: common - from }).items;
  return { ...divergence, texts: textState(reader), last, next: [next(one), next(other)] };
}
