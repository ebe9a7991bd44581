import type { Ensure } from './ensure.ts';

/** Replaces a syncer that can't start: the server lists its tools, and answers every call with the reason. */
export function unusableEnsure(reason: Error): Ensure {
  const refuse = () => Promise.reject(reason);
  return {
    pollMs: 0,
    opened: Promise.resolve(),
    reader: refuse,
    recover: () => Promise.resolve(false),
    fleet: refuse,
    agent: refuse,
    run: refuse,
    signal: refuse,
    records: refuse,
    asItIs: refuse,
    refresh: refuse,
    isPolled: () => Promise.resolve(false),
    stop: () => Promise.resolve(),
  };
}
