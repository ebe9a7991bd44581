import type { Reader } from '../db/open.ts';
import { secretTable } from '../queries/schema.ts';
import { bareStatement, pragmaNames } from './statement.ts';

/**
 * The check of what a statement reads and calls looks at what SQLite compiled it to, as EXPLAIN shows it: however the
 * statement is written, no name can hide there. SQLite itself says whether a statement writes.
 */
interface Operation {
  opcode: string;
  p2: number;
  p4: string | null;
}

/** SQLite's term for functions that only compute: they have no side effects and reveal nothing but their arguments. */
const innocuousFlag = 0x200000;
/**
 * SQLite does not flag these as innocuous because they belong to an extension. They only read the text index or
 * compute.
 */
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

/** Why a compiled statement must not run; undefined: it may. */
export function refusalOfCompiled({ sqlite }: Pick<Reader, 'sqlite'>, sql: string): string | undefined {
  const statement = bareStatement(sql);
  // EXPLAIN only shows the statement's plan.
  if (/^explain\b/i.test(statement)) return undefined;
  const compiled = (text: string) => sqlite.prepare<[], Operation>(`explain ${text}`).all();
  const names = (query: string) => sqlite.prepare<[], string>(query).pluck().all();
  const operations = compiled(statement);

  const secretPages = sqlite.prepare<[string], number>('select rootpage from sqlite_schema where tbl_name = ?').pluck();
  const secret = new Set(secretPages.all(secretTable));
  if (operations.some(({ opcode, p2 }) => opens.has(opcode) && secret.has(p2)))
    return `${secretTable} can't be read, because it holds the fingerprint of the key. \`dunetrace-mcp status\` shows whose mirror it is.`;

  const harmless = `select name from pragma_function_list where flags & ${innocuousFlag}`;
  const callable = new Set([...names(harmless), ...alsoCalled]);
  const called = operations.filter(({ opcode }) => calls.has(opcode)).map(({ p4 }) => p4?.replace(/\(-?\d+\)$/, ''));
  const barred = called.find((name) => name === undefined || !callable.has(name));
  if (barred !== undefined)
    return `The function ${barred} is not allowed, because it does more than compute. Nothing was run.`;

  // A virtual table is identified by its address, which is the same each time that this connection opens it.
  const addresses = (of: readonly Operation[]) => of.filter(({ opcode }) => opcode === 'VOpen').map(({ p4 }) => p4);
  const opened = addresses(operations);
  if (opened.length === 0) return undefined;
  const own = names("select name from sqlite_schema where type = 'table' and rootpage = 0");
  const readable = new Set(
    [...own, ...tableFunctions].flatMap((name) => addresses(compiled(`select 1 from "${name.replaceAll('"', '""')}"`))),
  );
  if (opened.every((address) => readable.has(address))) return undefined;
  return `Only these table-valued functions are allowed: ${tableFunctions.join(', ')}. Nothing was run.`;
}
