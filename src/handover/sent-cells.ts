import type * as z from 'zod';
import { isDeeper, maxDepth } from '../api/rows.ts';
import { moment, wireHealthScore } from '../api/wire.ts';
import type { Cell, HandedColumn, HandedRow, HandedTable } from '../db/handed-tables.ts';
import { codeOf, messageOf } from '../errors.ts';
import { movingLists } from '../lists/names.ts';
import { recordListNames, recordListsByName } from '../lists/records.ts';

/** Judges the values of a mirror that was handed over, as strictly as those of the API's rows. Everything here is pure. */

/** Bytes of a value: the API's answers have no more. */
export const maxCellBytes = 16 * 1024 * 1024;

/** What SQLite counts up, such as places in lists, must have room to go on. */
const maxInteger = 2 ** 50;

const jsonColumns = new Set([
  ...['sparkline', 'failure_types', 'extra', 'detail_extra', 'suggested_fixes', 'body', 'payload'],
]);
const timeColumns = /^(?:last_seen|timestamp|at|.+_at)$/;
const idColumns = new Set(['run_id', 'key']);

type Judge = (cell: Cell) => string | undefined;

function judgeJson(cell: Cell): string | undefined {
  try {
    return isDeeper(JSON.parse(String(cell)), maxDepth) ? `is nested deeper than ${maxDepth} levels` : undefined;
  } catch (error) {
    return `is no JSON (${codeOf(error) ?? messageOf(error).slice(0, 60)})`;
  }
}

const judgeTime: Judge = (cell) => (moment.safeParse(cell).success ? undefined : 'is no time');
const judgeId: Judge = (cell) => (cell === '' ? 'is empty' : undefined);
const oneOf =
  (words: readonly string[]): Judge =>
  (cell) =>
    words.some((word) => word === cell) ? undefined : 'names no list';

function judgesOf({ name, type }: HandedColumn, table: string): Judge[] {
  const judges: Judge[] = [];
  if (type === 'INTEGER')
    judges.push((cell) => (Math.abs(Number(cell)) <= maxInteger ? undefined : 'is too large a number'));
  if (type === 'REAL') judges.push((cell) => (Number.isFinite(cell) ? undefined : 'is no number'));
  if (type === 'REAL' && timeColumns.test(name)) judges.push(judgeTime);
  if (type === 'TEXT' && jsonColumns.has(name)) judges.push(judgeJson);
  if (type === 'TEXT' && idColumns.has(name)) judges.push(judgeId);
  if (name === 'list') judges.push(oneOf(table.startsWith('record') ? recordListNames : movingLists));
  return judges;
}

const wireOf = new Map<Cell | undefined, z.ZodType>(
  Object.values(recordListsByName).map(({ name, wire }) => [name, wire]),
);

/** What the body of a row must be, beyond JSON: what its readers parse it as. */
function bodyShape(table: string, { list }: HandedRow): z.ZodType | undefined {
  return table === 'records' ? wireOf.get(list) : table === 'server_health' ? wireHealthScore : undefined;
}

/** A judge of a table's rows, whose values have the types of their columns. It says what is wrong with one. */
export function rowJudge({ name, columns }: HandedTable): (row: HandedRow) => string | undefined {
  const judged = columns.flatMap((column) => judgesOf(column, name).map((judge) => ({ judge, name: column.name })));
  return (row) => {
    for (const one of judged) {
      const cell = row[one.name] ?? null;
      const wrong = cell === null ? undefined : one.judge(cell);
      if (wrong !== undefined) return `${name}.${one.name} ${wrong}`;
    }
    const isReadable = bodyShape(name, row)?.safeParse(JSON.parse(String(row.body))).success ?? true;
    return isReadable ? undefined : `${name}.body is no such row`;
  };
}
