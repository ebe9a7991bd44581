import { numbersOfNames } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { idOf } from '../printable.ts';

/**
 * The failure type or version that the caller means: exact, as answers show it, or with the v that answers put before a
 * version. One that the mirror does not know is returned without the blanks around it.
 */
export function realName(reader: Reader, given: string): string {
  const typed = given.trim();
  const shown = idOf(typed);
  const forms = [given, typed, shown, shown.replace(/^v/i, '')];
  return forms.find((form) => numbersOfNames(reader, [form]).length > 0) ?? shown;
}
