import type { Ensure } from './ensure.ts';

/** What stands in for the syncer where it can't be started: a server that lists its tools, and answers with the reason. */
export function unusableEnsure(reason: Error): Ensure {
  const refuse = () => Promise.reject(reason);
  return {
    pollMs: 0,
    opened: Promise.resolve(),
    reader: refuse,
    mend: () => Promise.resolve(false),
    fleet: refuse,
    agent: refuse,
    run: refuse,
    signal: refuse,
    asItIs: refuse,
    refresh: refuse,
    isPolled: () => Promise.resolve(false),
    stop: () => Promise.resolve(),
  };
}
