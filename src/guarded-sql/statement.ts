/**
 * Checks a statement's text before SQLite sees it. It decides only whether it is a PRAGMA, as some of them take effect
 * while they are compiled, and whether SQLite would not read the text to its end.
 */

/** PRAGMAs that describe the schema; they may name a table or an index. */
const aboutNamed = [
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
];

/** PRAGMAs that only read a value as long as they get no argument. */
const aboutFile = [
  'application_id',
  'collation_list',
  'compile_options',
  'database_list',
  'freelist_count',
  'function_list',
  'page_count',
  'page_size',
  'user_version',
];

/** PRAGMAs that may run. */
export const pragmaNames = [...aboutNamed, ...aboutFile];

const spaceAndComments = /^(?:[\s;\ufeff]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))*/;
const pragma = /^pragma\s+(?:main\s*\.\s*)?(\w+)(?:\s*(\(\s*(?:\w+|'[^']*'|"[^"]*")\s*\)))?[\s;]*$/i;

/** A statement without leading spaces and comments. */
export const bareStatement = (sql: string) => sql.replace(spaceAndComments, '');

/** Why a statement must not even be compiled; undefined: SQLite may compile it. */
export function refusalOf(sql: string): string | undefined {
  if (sql.includes('\0'))
    return 'The statement has a NUL character (U+0000), where SQLite would stop reading. Remove it, or write char(0). Nothing was run.';
  const statement = bareStatement(sql);
  if (statement === '') return 'There is no statement to run.';
  const explained = statement.replace(/^explain\b/i, '');
  const inner = explained === statement ? statement : withoutPlan(explained);
  if (!/^pragma\b/i.test(inner)) return undefined;
  const [, name = '', value] = pragma.exec(statement) ?? [];
  const isTelling =
    aboutNamed.includes(name.toLowerCase()) || (value === undefined && aboutFile.includes(name.toLowerCase()));
  if (isTelling) return undefined;
  return `Only PRAGMAs that describe the schema are allowed, such as PRAGMA table_info(v_runs): ${pragmaNames.join(', ')}.`;
}

function withoutPlan(statement: string): string {
  return ['query', 'plan']
    .reduce((rest, word) => bareStatement(rest).replace(new RegExp(`^${word}\\b`, 'i'), ''), statement)
    .replace(spaceAndComments, '');
}
