import type { Clock } from '../clock.ts';
import { explainFault, faultOf, isCorruption } from '../db/faults.ts';
import { marksOf, quarantine } from '../db/file.ts';
import { type Mirror, type OpenedMirror, openMirror } from '../db/open.ts';
import type { Owner } from '../db/owner.ts';

/** Whose the file is, who polls for it, how the API is to be treated, and the numbers that no two passes may have. */
const kept = ['mirror_meta', 'lease', 'requests', 'api_state', 'fleet_state'];

/** Deletes every row in one transaction, and gives the space back. Other processes may use the file meanwhile. */
function empty({ sqlite, write }: Mirror): void {
  // Everything goes, so no row can be left that names another.
  sqlite.pragma('foreign_keys = OFF');
  write(() => {
    const tables = sqlite
      .prepare<[], { name: string; type: string }>(
        "select name, type from pragma_table_list where schema = 'main' and type in ('table', 'virtual') and name not like 'sqlite_%'",
      )
      .all();
    // A process whose pass is under way knows agents by their numbers: none may come to mean another agent.
    const highest = sqlite.prepare<[], number | null>('select max(id) from agents').pluck().get() ?? null;
    for (const { name, type } of tables) {
      if (type === 'table' && !kept.includes(name)) sqlite.exec(`delete from "${name}"`);
    }
    for (const { name, type } of tables)
      if (type === 'virtual') sqlite.exec(`insert into "${name}"("${name}") values ('delete-all')`);
    sqlite.exec('update mirror_meta set revision = revision + 1');
    if (highest !== null) sqlite.prepare("insert into agents (id, agent_id) values (?, '')").run(highest);
    sqlite.exec(
      'update fleet_state set began_at = null, completed_at = null, synced_at = null, only_agents = null, unread_agents = 0, unread_shape = null, error_kind = null, error = null, error_at = null',
    );
  });
  sqlite.exec('vacuum');
  sqlite.pragma('wal_checkpoint(truncate)');
}

/**
 * Empties the mirror. The file stays, for the processes that have it open; one that is damaged is moved aside.
 * @returns what the user should know besides.
 * @throws MirrorError as openMirror does.
 */
export function resetMirror(file: string, owner: Owner, clock: Clock): { warning?: string } {
  const { mirror, ...rest }: OpenedMirror = openMirror(file, owner, clock);
  try {
    empty(mirror);
    mirror.close();
    return rest;
  } catch (error) {
    mirror.close();
    if (!isCorruption(error)) throw faultOf(error) === undefined ? error : explainFault(error, file);
  }
  const moved = quarantine(marksOf(file), clock);
  openMirror(file, owner, clock).mirror.close();
  const where = moved === undefined ? 'Another process has moved it aside' : `It was moved to ${moved}`;
  return { warning: `The mirror file ${file} is damaged. ${where}, and a new one was started.` };
}
