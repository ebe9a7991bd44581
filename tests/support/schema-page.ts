import type { Reader } from '../../src/db/open.ts';
import { type SchemaColumn, type SchemaTable, schemaOf } from '../../src/queries/schema.ts';
import { tableLines, type Value } from '../../src/text/rows.ts';
import { joins } from './schema-joins.ts';

/** A question, and the statement that answers it. */
export interface Question {
  answers: string;
  sql: string;
}

/** What the page shows of an answer. */
const shownRows = 5;
const shownWidth = 110;

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

/** An answer as the table that \`dunetrace-mcp sql\` prints, with its first rows only. */
function answerLines({ sqlite }: Pick<Reader, 'sqlite'>, sql: string): string[] {
  const statement = sqlite.prepare<[], Value[]>(sql);
  const columns = statement.columns().map(({ name }) => ({ name, isExact: false }));
  const rows = statement.raw().all();
  const shown = rows.slice(0, shownRows);
  return tableLines({ columns, rows: shown, truncated: rows.length > shown.length }, shownWidth);
}

function joinLines(): string[] {
  const rows = joins.map(({ from, to, on, says }) => `| \`${from}\` | \`${to}\` | \`${on}\` | ${says} |`);
  return ['| view | joins | on | says |', '|---|---|---|---|', ...rows];
}

function questionLines(mirror: Pick<Reader, 'sqlite'>, { answers, sql }: Question): string[] {
  return [`### ${answers}`, '', '```sql', `${sql};`, '```', '', '```text', ...answerLines(mirror, sql), '```', ''];
}

/**
 * docs/schema.md: views and tables with their columns, how they join, and questions with the answers that a mirror gives, as
 * Markdown.
 */
export function schemaPage(mirror: Pick<Reader, 'sqlite'>, questions: readonly Question[]): string {
  const tables = schemaOf(mirror);
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
    '## Joins',
    '',
    ...joinLines(),
    '',
    '## Questions',
    '',
    "What the mirror of the demo's API answers on 2026-05-28; of long answers the first rows. `dunetrace-mcp sql .examples` prints the statements.",
    '',
    ...questions.flatMap((question) => questionLines(mirror, question)),
    '## Tables',
    '',
    'Tables may change with any version. The columns named after `Besides` say what their names say, or what the view over the table',
    'says of them.',
    '',
    ...sections('table'),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
