import type Database from 'better-sqlite3';

/** Which column names the row of which other table. Codes of names have no foreign key, and what is kept apart has none either. */
const named = [
  ...['runs', 'signals', 'server_health', 'shared_ids', 'sync_state'].map((table) => [table, 'agent', 'agents', 'id']),
  ...['version', 'exit_reason'].map((column) => ['runs', column, 'names', 'id']),
  ...['failure_type', 'severity', 'version'].map((column) => ['signals', column, 'names', 'id']),
  ...['event_type', 'model', 'tool_name'].map((column) => ['run_events', column, 'names', 'id']),
  ['explanations', 'failure_type', 'names', 'id'],
  ['signals', 'run', 'runs', 'id'],
  ['signals', 'explanation', 'explanations', 'id'],
  ['evidence', 'key', 'signals', 'key'],
  ['run_events', 'run', 'runs', 'id'],
] as const;

/** What a row names that is not there, of which table; undefined: all is there. */
export function orphanIn(sqlite: Database.Database): string | undefined {
  for (const [table, column, parent, key] of named) {
    const found = sqlite
      .prepare(`select 1 from ${table} where ${column} not in (select ${key} from ${parent}) limit 1`)
      .get();
    if (found !== undefined) return `a row of ${table} names one of ${parent} that is not there`;
  }
  return undefined;
}
