/** How large the mirror may become, and what is left out when it is near that. Nothing is ever deleted for it. All of it is pure. */

/** What there is room for. */
export type Room =
  | 'all'
  /** Runs and signals, and no more events of runs. */
  | 'lists'
  /** The newest page of each list. */
  | 'newest'
  | 'nothing';

/** Shares of the limit from which on less is fetched. The newest rows may go over it by a tenth. */
const shares = { lists: 0.9, newest: 1, nothing: 1.1 } as const;

export function roomOf(usedBytes: number, maxBytes: number): Room {
  const share = usedBytes / maxBytes;
  if (share >= shares.nothing) return 'nothing';
  if (share >= shares.newest) return 'newest';
  return share >= shares.lists ? 'lists' : 'all';
}

const left: Record<Exclude<Room, 'all'>, string> = {
  lists: "no more events of runs are mirrored on the server's own account",
  newest: 'neither events of runs nor older rows are mirrored any more, only the newest of each list',
  nothing: 'nothing more is mirrored',
};

/** What is left out, and the way on; undefined: nothing is. */
export function quotaNote(usedBytes: number, maxBytes: number): string | undefined {
  const room = roomOf(usedBytes, maxBytes);
  if (room === 'all') return undefined;
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const size = `The mirror holds ${megabytes(usedBytes)} MB of ${megabytes(maxBytes)} (DUNETRACE_MAX_MB)`;
  return `${size}: ${left[room]}. Raise it, set DUNETRACE_KEEP_DAYS to keep fewer days, or run \`dunetrace-mcp reset\` to begin anew.`;
}

/** The mirror has no room for what was to be fetched. */
export class FullError extends Error {
  override readonly name = 'FullError';
  /** Whether there is room for nothing at all. */
  readonly stopsThePass: boolean;

  constructor(usedBytes: number, maxBytes: number) {
    super(quotaNote(usedBytes, maxBytes) ?? 'The mirror is full.');
    this.stopsThePass = roomOf(usedBytes, maxBytes) === 'nothing';
  }
}

/**
 * Why something is not to be fetched; undefined: there is room for it.
 * @param isOlder whether it is rows below the newest, which the mirror lacks.
 */
export function whyFull(usedBytes: number, maxBytes: number, isOlder = false): FullError | undefined {
  const room = roomOf(usedBytes, maxBytes);
  const isLeftOut = room === 'nothing' || (room === 'newest' && isOlder);
  return isLeftOut ? new FullError(usedBytes, maxBytes) : undefined;
}
