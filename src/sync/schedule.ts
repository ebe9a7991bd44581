/** When the poller asks the API again. All of it is pure; times are in milliseconds. */

const quickMs = 5000;
const quickForMs = 60_000;
const slowAfterMs = 600_000;
const slowFactor = 4;
const maxRetryMs = 60_000;

export interface Use {
  pollMs: number;
  /** Since a pass last brought something new; undefined: none did. */
  sinceNews: number | undefined;
  /** Since any server on the file had an MCP call, or was started. */
  sinceCall: number;
}

/**
 * From one pass to the next: five seconds for a minute after something new came, as more may follow; four times the
 * usual when nobody has asked for ten minutes, whatever comes; never slower than usual in the first case.
 */
export function intervalMs({ pollMs, sinceNews, sinceCall }: Use): number {
  if (sinceCall >= slowAfterMs) return slowFactor * pollMs;
  return sinceNews !== undefined && sinceNews < quickForMs ? Math.min(quickMs, pollMs) : pollMs;
}

/** After so many failures in a row (at least one): a second, doubled each time, at most a minute. */
export function retryPauseMs(failures: number): number {
  return Math.min(maxRetryMs, 1000 * 2 ** (failures - 1));
}

/** Multiplies a pause, so that many processes do not keep step: by a tenth less to a tenth more. */
export const jitterOf = (random: number): number => 0.9 + random * 0.2;
