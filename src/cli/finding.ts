import { type ExitCode, exitCodeOf, exitCodes, messageOf } from '../errors.ts';

/** What the doctor found out about one thing. */
export interface Finding {
  level: 'ok' | 'warn' | 'fail';
  what: string;
  /** What it is, or what is wrong and how to mend it. */
  said: string;
  /** How the process ends if this is the first failure. */
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
