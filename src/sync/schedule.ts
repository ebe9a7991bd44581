/** When the poller asks the API again. Everything here is pure; times are in milliseconds. */

const quickMs = 5000;
const quickForMs = 60_000;
const slowAfterMs = 600_000;
const slowFactor = 4;
const maxRetryMs = 60_000;

export interface Use {
  pollMs: number;
  /** Time since a pass last brought something new; undefined: none did. */
  sinceNews: number | undefined;
  /** Time since any server on the file had an MCP call, or was started. */
  sinceCall: number;
}

/**
 * The time between two passes. For a minute after something new arrived it is five seconds, as more may follow, and
 * never longer than usual. When no client has asked for ten minutes, it is four times the usual, even if something new
 * arrives.
 */
export function intervalMs({ pollMs, sinceNews, sinceCall }: Use): number {
  if (sinceCall >= slowAfterMs) return slowFactor * pollMs;
  return sinceNews !== undefined && sinceNews < quickForMs ? Math.min(quickMs, pollMs) : pollMs;
}

/** The pause after this many failures in a row (at least one): a second, doubled each time, at most a minute. */
export function retryPauseMs(failures: number): number {
  return Math.min(maxRetryMs, 1000 * 2 ** (failures - 1));
}

/** The factor for a pause, so that many processes do not keep step: from 0.9 to 1.1. */
export const jitterOf = (random: number): number => 0.9 + random * 0.2;
