/** Exit codes of the command line. */
export const exitCodes = {
  done: 0,
  bug: 1,
  /** A tool that was called answered with an error. */
  unanswered: 1,
  usage: 2,
  unreachable: 3,
  unauthorized: 4,
  mirror: 5,
  partial: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What the user typed or configured is unusable. The message names it, and what is accepted. */
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
  /** The answer is a page, but not the one that we requested: its list can't be paged. */
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
  | 'missing'
  /** What another server handed over can't be taken. */
  | 'handed';

/** The mirror file is unusable. The message names the file, the cause and the fix. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  readonly kind: MirrorErrorKind;

  constructor(kind: MirrorErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** We can't answer a question now, in whatever form the user asks it. The message says why, and the next step. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

/** DUNETRACE_AGENTS leaves out what was asked for. The message says so, and how to mirror it. */
export class LeftOutError extends Error {
  override readonly name = 'LeftOutError';
}

/** A caller asked the work to stop; what was committed stays. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Another process is the mirror's poller now: this one may not write what a poller writes. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError';
}

/** Whether the mirror is unreadable for a cause that every tool's answer names: its file, or a wrong setting. */
export function isWithoutMirror(error: unknown): boolean {
  return error instanceof MirrorError || error instanceof UsageError;
}

/** The `code` of a system, socket or SQLite error, found in the error, its parts or its causes. */
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

/** The exit code after `error`, by which a script can tell the cause. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof LeftOutError) return exitCodes.usage;
  if (error instanceof MirrorError) return exitCodes.mirror;
  if (error instanceof StoppedError) return exitCodes.partial;
  if (error instanceof ApiError) return error.kind === 'unauthorized' ? exitCodes.unauthorized : exitCodes.unreachable;
  return exitCodes.bug;
}
