import type { Progress } from '../sync/tally.ts';
import { progressBar, progressLine } from '../text/progress.ts';
import type { Io } from './io.ts';

export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Clears the bar. */
  end(): void;
}

const barEveryMs = 100;
const lineEveryMs = 5000;
/** How often a bar counts a wait down. */
const countDownMs = 1000;

interface Display extends Pick<Io, 'stderr' | 'clock'> {
  isTerminal: boolean;
  /** On the monotonic clock, like `shownAt`. */
  began: number;
  shownAt: number;
  latest?: Progress;
  ended: AbortController;
}

/**
 * Shows the progress of a sync on stderr: a bar that redraws itself on a terminal, otherwise a line every few seconds. Call
 * `end`: until then it goes on counting.
 */
export function createProgressDisplay({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>): ProgressDisplay {
  const isTerminal = stderr.isTTY === true;
  const began = clock.monotonic();
  const shownAt = isTerminal ? Number.NEGATIVE_INFINITY : began;
  const display: Display = { stderr, clock, isTerminal, began, shownAt, ended: new AbortController() };
  void countDown(display);
  return {
    show: (progress) => {
      display.latest = progress;
      const { agentsDone, agentsTotal, listsDone, listsTotal } = progress;
      const isLast = agentsDone === agentsTotal && listsDone === listsTotal;
      if (isDue(display) || (isTerminal && isLast)) draw(display, progress);
    },
    end: () => {
      display.ended.abort();
      if (isTerminal) stderr.write('\r\u001b[K');
    },
  };
}

const isDue = ({ clock, shownAt, isTerminal }: Display) =>
  clock.monotonic() - shownAt >= (isTerminal ? barEveryMs : lineEveryMs);

/** While the sync waits nothing is reported, but the time goes on. */
async function countDown(display: Display): Promise<void> {
  const { clock, ended } = display;
  while (!ended.signal.aborted) {
    await clock.sleep(countDownMs, ended.signal).catch(() => {});
    const { latest } = display;
    if (!ended.signal.aborted && latest?.waiting && isDue(display)) draw(display, latest);
  }
}

function draw(display: Display, { waiting, ...progress }: Progress): void {
  const { stderr, clock, isTerminal, began, ended } = display;
  // What is asked for may go on after the answer.
  if (ended.signal.aborted) return;
  const now = clock.monotonic();
  display.shownAt = now;
  const seconds = waiting ? (waiting.until - now) / 1000 : 0;
  const view = {
    ...progress,
    elapsedSeconds: (now - began) / 1000,
    ...(waiting && seconds > 0 ? { waiting: { seconds, why: waiting.why } } : {}),
  };
  stderr.write(isTerminal ? `\r\u001b[K${progressBar(view, (stderr.columns || 80) - 1)}` : `${progressLine(view)}\n`);
}

export interface LineDisplay {
  show(line: string): void;
  /** Clears the line. */
  end(): void;
}

/** Shows what is being done on stderr, in one line: redrawn on a terminal, otherwise written every few seconds. */
export function createLineDisplay({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>, isQuiet: boolean): LineDisplay {
  const isTerminal = stderr.isTTY === true;
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : clock.monotonic();
  return {
    show: (line) => {
      const now = clock.monotonic();
      if (isQuiet || now - shownAt < (isTerminal ? barEveryMs : lineEveryMs)) return;
      shownAt = now;
      stderr.write(isTerminal ? `\r\u001b[K${line.slice(0, (stderr.columns || 80) - 1)}` : `${line}\n`);
    },
    end: () => {
      if (isTerminal && !isQuiet) stderr.write('\r\u001b[K');
    },
  };
}
