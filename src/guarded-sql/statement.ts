/** What may be asked is decided before SQLite sees it only for PRAGMAs: some of them take effect while they are prepared. */

/** They tell of the schema, also of a table or an index that is named. */
const aboutNamed = [
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
];

/** They tell something as long as they are given nothing. */
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

const spaceAndComments = /^(?:[\s;\ufeff]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))*/;
const pragma = /^pragma\s+(?:main\s*\.\s*)?(\w+)(?:\s*(\(\s*(?:\w+|'[^']*'|"[^"]*")\s*\)))?[\s;]*$/i;

/** Why a statement is not even prepared; undefined: SQLite may look at it. */
export function refusalOf(sql: string): string | undefined {
  const statement = sql.replace(spaceAndComments, '');
  if (statement === '') return 'There is no statement in it.';
  const explained = statement.replace(/^explain\b/i, '');
  const inner = explained === statement ? statement : withoutPlan(explained);
  if (!/^pragma\b/i.test(inner)) return undefined;
  const [, name = '', value] = pragma.exec(statement) ?? [];
  const isTelling =
    aboutNamed.includes(name.toLowerCase()) || (value === undefined && aboutFile.includes(name.toLowerCase()));
  if (isTelling) return undefined;
  return `Of PRAGMAs only those are run that tell of the schema, such as PRAGMA table_info(v_runs): ${[...aboutNamed, ...aboutFile].join(', ')}.`;
}

function withoutPlan(statement: string): string {
  return ['query', 'plan']
    .reduce((rest, word) => rest.replace(spaceAndComments, '').replace(new RegExp(`^${word}\\b`, 'i'), ''), statement)
    .replace(spaceAndComments, '');
}
