import type { Reader } from '../db/open.ts';
import { secretTable } from '../queries/schema.ts';
import { bareStatement, pragmaNames } from './statement.ts';

/**
 * What a statement reads and calls is judged by what SQLite compiled it to, which EXPLAIN tells: whatever way it is
 * written, a name can't hide there. That it writes nothing, SQLite tells by itself.
 */
interface Operation {
  opcode: string;
  p2: number;
  p4: string | null;
}

/** SQLite's own word for functions that only compute: no side effects, nothing told but of their arguments. */
const innocuousFlag = 0x200000;
/** They are not called so for being of an extension; they read the text index at hand, or compute. */
const alsoCalled = [
  ...['match', 'bm25', 'highlight', 'snippet'],
  ...['median', 'percentile', 'percentile_cont', 'percentile_disc'],
];
/** Virtual tables besides the mirror's own. */
const tableFunctions = [
  ...['json_each', 'json_tree', 'dbstat'],
  ...[...pragmaNames, 'integrity_check', 'quick_check'].map((name) => `pragma_${name}`),
];

const opens = new Set(['OpenRead', 'ReopenIdx']);
const calls = new Set(['Function', 'PureFunc', 'AggStep', 'AggStep1', 'AggInverse', 'AggValue', 'AggFinal']);

/** Why a statement that SQLite has compiled must not run; undefined: it may. */
export function refusalOfCompiled({ sqlite }: Pick<Reader, 'sqlite'>, sql: string): string | undefined {
  const statement = bareStatement(sql);
  // Its plan is told, and nothing else happens.
  if (/^explain\b/i.test(statement)) return undefined;
  const compiled = (text: string) => sqlite.prepare<[], Operation>(`explain ${text}`).all();
  const names = (query: string) => sqlite.prepare<[], string>(query).pluck().all();
  const operations = compiled(statement);

  const secretPages = sqlite.prepare<[string], number>('select rootpage from sqlite_schema where tbl_name = ?').pluck();
  const secret = new Set(secretPages.all(secretTable));
  if (operations.some(({ opcode, p2 }) => opens.has(opcode) && secret.has(p2)))
    return `${secretTable} is not to be read: it holds what proves the mirror's key. \`dunetrace-mcp status\` tells whose mirror it is.`;

  const harmless = `select name from pragma_function_list where flags & ${innocuousFlag}`;
  const callable = new Set([...names(harmless), ...alsoCalled]);
  const called = operations.filter(({ opcode }) => calls.has(opcode)).map(({ p4 }) => p4?.replace(/\(-?\d+\)$/, ''));
  const barred = called.find((name) => name === undefined || !callable.has(name));
  if (barred !== undefined) return `The function ${barred} does more than compute, and is not called. Nothing was run.`;

  // A virtual table is told by its address, the same each time that this connection opens it.
  const addresses = (of: readonly Operation[]) => of.filter(({ opcode }) => opcode === 'VOpen').map(({ p4 }) => p4);
  const opened = addresses(operations);
  if (opened.length === 0) return undefined;
  const own = names("select name from sqlite_schema where type = 'table' and rootpage = 0");
  const readable = new Set(
    [...own, ...tableFunctions].flatMap((name) => addresses(compiled(`select 1 from "${name}"`))),
  );
  if (opened.every((address) => readable.has(address))) return undefined;
  return `Of table-valued functions only those are read that tell and do nothing else: ${tableFunctions.join(', ')}. Nothing was run.`;
}
