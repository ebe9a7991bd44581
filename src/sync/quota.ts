/**
 * How large the mirror may become, and what we leave out near that limit. We never delete anything for it. Everything
 * here is pure.
 */

/** What there is room for. */
export type Room =
  | 'all'
  /** Runs and signals, and no more events of runs. */
  | 'lists'
  /** The newest page of each list. */
  | 'newest'
  | 'nothing';

/** Shares of the limit above which we fetch less. The newest rows may exceed it by a tenth. */
const shares = { lists: 0.9, newest: 1, nothing: 1.1 } as const;

export function roomOf(usedBytes: number, maxBytes: number): Room {
  const share = usedBytes / maxBytes;
  if (share >= shares.nothing) return 'nothing';
  if (share >= shares.newest) return 'newest';
  return share >= shares.lists ? 'lists' : 'all';
}

const left: Record<Exclude<Room, 'all'>, string> = {
  lists: 'it takes no more events of runs in the background',
  newest: 'it takes no more events of runs and no older rows, only the newest of each list',
  nothing: 'it takes no more rows',
};

/** What we leave out, and the next step for the user; undefined: nothing. */
export function quotaNote(usedBytes: number, maxBytes: number): string | undefined {
  const room = roomOf(usedBytes, maxBytes);
  if (room === 'all') return undefined;
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const size = `The mirror holds ${megabytes(usedBytes)} MB of ${megabytes(maxBytes)} (DUNETRACE_MAX_MB)`;
  return `${size}: ${left[room]}. Raise the limit, set DUNETRACE_KEEP_DAYS to keep fewer days, or run \`dunetrace-mcp reset\` to start over.`;
}

/** The mirror has no room for what we wanted to fetch. */
export class FullError extends Error {
  override readonly name = 'FullError';
  /** Whether there is no room at all. */
  readonly stopsThePass: boolean;

  constructor(usedBytes: number, maxBytes: number) {
    super(quotaNote(usedBytes, maxBytes) ?? 'The mirror is full.');
    this.stopsThePass = roomOf(usedBytes, maxBytes) === 'nothing';
  }
}

/**
 * Why we must not fetch something; undefined: there is room for it.
 * @param isOlder whether it is rows below the newest, which the mirror lacks.
 */
export function fullError(usedBytes: number, maxBytes: number, isOlder = false): FullError | undefined {
  const room = roomOf(usedBytes, maxBytes);
  const isLeftOut = room === 'nothing' || (room === 'newest' && isOlder);
  return isLeftOut ? new FullError(usedBytes, maxBytes) : undefined;
}
