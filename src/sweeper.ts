import type { Clock } from './clock.ts';
import { late } from './late.ts';

/** Gives back the memory of what answers left behind, once nobody asks for a while: V8 by itself puts it off for minutes in a process that does nothing. */
export interface Sweeper {
  /** Tells of an answer. */
  answered(): void;
  /** Ends it; nothing is swept any more. */
  stop(): void;
}

/** To sweep takes 20 milliseconds: by then nobody is asking. */
const quietMs = 6000;
/** V8 makes the part of the heap for what is new small again only where little was allocated in the five seconds before, as it saw when it last swept. */
const sweeps = 2;

/** V8's own garbage collection, which JavaScript may ask for only where V8 was told so. */
const collector = late((): unknown => {
  const [v8, vm] = [process.getBuiltinModule('node:v8'), process.getBuiltinModule('node:vm')];
  v8.setFlagsFromString('--expose-gc');
  const collect: unknown = vm.runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  return collect;
});

/** Collects the garbage of this thread at once. */
export function collectGarbage(): void {
  const collect = collector();
  if (typeof collect === 'function') collect();
}

/** A sweeper of this thread. */
export function createSweeper(clock: Pick<Clock, 'monotonic' | 'sleep'>, collect = collectGarbage): Sweeper {
  const stopped = new AbortController();
  let answeredAt = 0;
  let isWaiting = false;

  async function sweepWhenQuiet(): Promise<void> {
    for (let done = 0; done < sweeps; ) {
      const asked = answeredAt;
      const isOver = await clock.sleep(quietMs, stopped.signal).then(
        () => false,
        () => true,
      );
      if (isOver) return;
      if (answeredAt === asked) {
        collect();
        done += 1;
      } else {
        done = 0;
      }
    }
    isWaiting = false;
  }

  return {
    answered: () => {
      answeredAt = clock.monotonic();
      if (isWaiting) return;
      isWaiting = true;
      void sweepWhenQuiet();
    },
    stop: () => stopped.abort(),
  };
}
