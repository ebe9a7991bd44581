import fc from 'fast-check';
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

/** What a row is remembered by: its list and its id. */
export const spoilKey = (list: ListOfRows, row: object) =>
  `${list} ${String(new Map(Object.entries(row)).get(keyOf[list]))}`;

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

export type SpoilChange =
  /** Rows come over the wire in a form that can't be read, from now on. */
  | { do: 'spoil'; list: ListOfRows; at: number; count: number; how: Spoiling }
  /** So many of them come as they should again, those that were spoiled first; all, if there are no more. */
  | { do: 'mend'; count: number };

/** Such changes of a history; `at` picks a row, `burst` how many. */
export function spoilings(at: fc.Arbitrary<number>, burst: fc.Arbitrary<number>) {
  const spoils: fc.Arbitrary<SpoilChange> = fc.record({
    do: fc.constant('spoil' as const),
    list: fc.constantFrom('signals' as const, 'signals' as const, 'runs' as const, 'agents' as const),
    at,
    count: fc.oneof(burst, fc.constant(100)),
    how: fc.constantFrom('keyed' as const, 'nameless' as const),
  });
  const mends: fc.Arbitrary<SpoilChange> = fc.record({
    do: fc.constant('mend' as const),
    count: fc.oneof(burst, fc.constant(1000)),
  });
  return [
    { arbitrary: spoils, weight: 3 },
    { arbitrary: mends, weight: 2 },
  ];
}
