import type { SchemaColumn, SchemaTable } from '../../src/queries/schema.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');
const named = ({ name, type }: SchemaColumn) => `\`${name}\`${type === '' ? '' : ` ${type}`}`;

/** Columns with words have a row each, the others one line for all. */
function section({ name, about, columns }: SchemaTable): string[] {
  const told = columns.filter((column) => column.about !== '');
  const plain = columns.filter((column) => column.about === '');
  const rows = told.map((column) => `| \`${column.name}\` | ${column.type || '-'} | ${cell(column.about)} |`);
  return [
    `### ${name}`,
    '',
    ...(about === '' ? [] : [about, '']),
    ...(rows.length === 0 ? [] : ['| column | type | says |', '|---|---|---|', ...rows, '']),
    ...(plain.length === 0
      ? []
      : [`${rows.length === 0 ? 'Columns' : 'Besides'}: ${plain.map(named).join(', ')}.`, '']),
  ];
}

/** docs/schema.md: views and tables with their columns, as Markdown. */
export function schemaPage(tables: readonly SchemaTable[]): string {
  const sections = (kind: SchemaTable['kind']) => tables.filter((table) => table.kind === kind).flatMap(section);
  const lines = [
    '# The schema of the mirror',
    '',
    'Do not edit this page: `npm run docs` writes it from `src/queries/schema-words.ts` and a fresh mirror.',
    '',
    'Times are Unix seconds; columns named `*_iso` show the same in UTC. JSON is text that `json_extract` reads, as in',
    "`json_extract(evidence, '$.tool')`. The type is the declared one; `-` is an expression.",
    '',
    '## Views',
    '',
    'Views are stable: columns are only ever added.',
    '',
    ...sections('view'),
    '## Tables',
    '',
    'Tables may change with any version. The columns named after `Besides` say what their names say, or what the view over the table',
    'says of them.',
    '',
    ...sections('table'),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
