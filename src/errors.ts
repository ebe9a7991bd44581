/** Exit codes of the command line. */
export const exitCodes = {
  done: 0,
  bug: 1,
  usage: 2,
  unreachable: 3,
  unauthorized: 4,
  mirror: 5,
  partial: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What somebody typed or configured can't be used. The message names it, and what is accepted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type ApiErrorKind =
  | 'unreachable'
  | 'unauthorized'
  | 'not_found'
  | 'rate_limited'
  | 'server_error'
  | 'rejected'
  | 'bad_answer'
  /** The answer is a page, and not the one that was asked for: its list can't be paged. */
  | 'ill_list';

/** A request to the Customer API failed for good. The message says what, the likely cause and the next step. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;

  constructor(kind: ApiErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** Whether every other request would fail the same way, so that a pass can only stop. */
  get stopsThePass(): boolean {
    return this.kind === 'unreachable' || this.kind === 'unauthorized' || this.kind === 'rate_limited';
  }
}

export type MirrorErrorKind =
  | 'addon'
  | 'foreign'
  | 'newer'
  | 'outdated'
  | 'other_owner'
  | 'unusable'
  | 'corrupt'
  | 'missing';

/** The mirror file can't be used. The message names the file, the cause and the fix. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  readonly kind: MirrorErrorKind;

  constructor(kind: MirrorErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** A question can't be answered now, however it is asked. The message says why, and the next step. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

/** Somebody asked the work to stop; what was committed stays. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** The mirror's poller is another process now: this one may not write what a poller writes. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError';
}

/** Whether the mirror can't be read for a cause that every tool's answer names: its file, or a wrong setting. */
export function isWithoutMirror(error: unknown): boolean {
  return error instanceof MirrorError || error instanceof UsageError;
}

/** The `code` of a system, socket or SQLite error, looked for in the error, its parts and its causes. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) {
    for (const part of error.errors) {
      const code = codeOf(part);
      if (code !== undefined) return code;
    }
  }
  return codeOf(error.cause);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How the process ends after `error`: the code a script can tell the cause by. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof MirrorError) return exitCodes.mirror;
  if (error instanceof StoppedError) return exitCodes.partial;
  if (error instanceof ApiError) return error.kind === 'unauthorized' ? exitCodes.unauthorized : exitCodes.unreachable;
  return exitCodes.bug;
}
