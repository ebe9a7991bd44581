import type { PassOptions, PassSummary } from './pass-state.ts';
import type { Progress } from './tally.ts';

interface Running {
  readonly ended: Promise<PassSummary>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  members: number;
}

export interface SharedOptions extends PassOptions {
  /** The poller's pass: it writes nothing once the lease is lost, and throws LostLeaseError. */
  isFenced?: boolean;
}

export interface JoinOptions extends Omit<SharedOptions, 'agentId'> {
  /** Don't join a pass that started earlier: it may have read the list before the requested change happened. */
  newPass?: boolean;
}

/**
 * One pass at a time, shared by all callers that ask for it meanwhile. It runs with the first caller's options; a
 * caller whose signal aborts leaves it, and the last one to leave ends it.
 */
export function createSharedPass(run: (options: SharedOptions) => Promise<PassSummary>) {
  let current: Running | undefined;

  function begin({ newPass: _, ...options }: JoinOptions): Running {
    const abort = new AbortController();
    const listeners: Running['listeners'] = new Set();
    const onProgress = (progress: Progress) => {
      for (const listener of listeners) listener(progress);
    };
    const ended = run({ ...options, signal: abort.signal, onProgress }).finally(() => {
      current = undefined;
    });
    return { ended, abort, listeners, members: 0 };
  }

  async function takePart(pass: Running, { signal, onProgress }: JoinOptions): Promise<PassSummary> {
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        pass.members -= 1;
        if (pass.members === 0) pass.abort.abort(signal?.reason);
        else reject(signal?.reason);
      };
    });
    pass.members += 1;
    if (onProgress) pass.listeners.add(onProgress);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([pass.ended, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      if (onProgress) pass.listeners.delete(onProgress);
    }
  }

  /** @throws as the pass does; the signal's reason when it aborts. */
  return async function join(options: JoinOptions = {}): Promise<PassSummary> {
    const dying = current?.abort.signal.aborted;
    // How the earlier pass ends only matters to its own callers.
    if (current && (options.newPass || dying)) await current.ended.catch(() => undefined);
    options.signal?.throwIfAborted();
    current ??= begin(options);
    return takePart(current, options);
  };
}
