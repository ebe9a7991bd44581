import { MirrorError, UsageError } from '../errors.ts';
import type { Event } from './children.ts';
import type { FromChild } from './messages.ts';

/**
 * What a child said before its time was up.
 * @throws UsageError for a statement that is refused, or that ended the child; MirrorError for a file that can't be read.
 */
export function saidIn(event: Exclude<Event, { of: 'late' }>): FromChild {
  if (event.of === 'ended')
    throw new UsageError(
      `The statement needed more than its 512 MB of memory and was ended (${event.how}). Narrow it: fewer rows to sort, no huge texts.`,
    );
  const { said } = event;
  if (said.say === 'refused') throw new UsageError(said.message);
  if (said.say === 'unreadable') throw new MirrorError(said.kind, said.message);
  return said;
}

/** The error for what a child should not say here: a bug. */
export function unforeseen(said: FromChild): Error {
  return new Error(`the SQL process ${said.say === 'failed' ? said.message : `said "${said.say}"`}`);
}
