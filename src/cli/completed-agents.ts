import { readConfig } from '../config.ts';
import { openReader } from '../db/open.ts';
import { printable } from '../printable.ts';
import type { Io } from './io.ts';

/** More are of no help to anybody who types. */
const maxAgents = 1000;

/** Prints the ids of the agents in the mirror, one a line, for a shell that completes one; nothing if there is no mirror. */
export function printAgents({ surroundings, stdout }: Io): void {
  try {
    const config = readConfig(surroundings);
    const reader = openReader(config.dbFile, config);
    const ids = reader.sqlite
      .prepare<[number], string>('select agent_id from v_agents where gone_at is null order by last_seen desc limit ?')
      .pluck()
      .all(maxAgents);
    reader.close();
    // An id that a terminal can't show as it is can't be typed either.
    stdout.write(ids.flatMap((id) => (printable(id) === id ? [`${id}\n`] : [])).join(''));
  } catch {
    // A shell that completes a word shows no errors.
  }
}
