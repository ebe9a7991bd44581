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
