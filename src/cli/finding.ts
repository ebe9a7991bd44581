import { type ExitCode, exitCodeOf, exitCodes, messageOf } from '../errors.ts';

/** One result of the doctor's checks. */
export interface Finding {
  level: 'ok' | 'warn' | 'fail';
  what: string;
  /** What was found, or what is wrong and how to fix it. */
  said: string;
  /** The exit code if this is the first failure. */
  code: ExitCode;
}

export const ok = (what: string, said: string): Finding => ({ level: 'ok', what, said, code: exitCodes.done });

export const warn = (what: string, said: string): Finding => ({ level: 'warn', what, said, code: exitCodes.partial });

export const fail = (what: string, error: unknown): Finding => ({
  level: 'fail',
  what,
  said: messageOf(error),
  code: exitCodeOf(error),
});
