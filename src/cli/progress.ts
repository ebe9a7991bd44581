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

/**
 * Shows the progress of a sync on stderr: a bar that redraws itself on a terminal, otherwise a line every few seconds.
 */
export function createProgressDisplay({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>): ProgressDisplay {
  const isTerminal = stderr.isTTY === true;
  const began = clock.monotonic();
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : began;
  return {
    show: (progress) => {
      const now = clock.monotonic();
      const isLast = progress.agentsDone === progress.agentsTotal;
      if (now - shownAt < (isTerminal ? barEveryMs : lineEveryMs) && !(isTerminal && isLast)) return;
      shownAt = now;
      const view = { ...progress, elapsedSeconds: (now - began) / 1000 };
      stderr.write(
        isTerminal ? `\r\u001b[K${progressBar(view, (stderr.columns || 80) - 1)}` : `${progressLine(view)}\n`,
      );
    },
    end: () => {
      if (isTerminal) stderr.write('\r\u001b[K');
    },
  };
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
