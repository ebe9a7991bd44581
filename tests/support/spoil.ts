import { z } from 'zod';

/** Rows that come over the wire in a form that can't be read. */

export type ListOfRows = 'agents' | 'runs' | 'signals';
/** `keyed`: the row's id can be read, and something else can't. `nameless`: not even the id can. */
export type Spoiling = 'keyed' | 'nameless';
type Row = Record<string, unknown>;

const rowsShape = z.array(z.record(z.string(), z.unknown()));
const bodyShape = z.looseObject({
  agents: rowsShape.optional(),
  runs: rowsShape.optional(),
  signals: rowsShape.optional(),
});
const listNames = ['agents', 'runs', 'signals'] as const;
const keyOf = { agents: 'agent_id', runs: 'run_id', signals: 'id' } as const;
/** What can't be read in each kind of row. */
const field = { agents: 'last_seen', runs: 'step_count', signals: 'detected_at' } as const;

function spoiled(list: ListOfRows, row: Row, how: Spoiling | undefined): Row {
  if (how === undefined) return row;
  const known = { ...row, [field[list]]: '2026-05-28T20:26:40Z' };
  return how === 'keyed' ? known : { ...known, [keyOf[list]]: { $oid: row[keyOf[list]] } };
}

/** Has rows of an answer spoiled as `howOf` tells, by list and id. */
export function spoil(howOf: (list: ListOfRows, id: string) => Spoiling | undefined) {
  return (body: unknown): unknown => {
    const parsed = bodyShape.safeParse(body);
    if (!parsed.success || !('page' in parsed.data)) return body;
    const changed = { ...parsed.data };
    for (const list of listNames) {
      const rows = changed[list];
      if (rows) changed[list] = rows.map((row) => spoiled(list, row, howOf(list, String(row[keyOf[list]]))));
    }
    return changed;
  };
}
