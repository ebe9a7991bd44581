import Database from 'better-sqlite3';
import * as z from 'zod';
import { readAgentChoice } from '../agent-choice.ts';
import { contentStates } from '../db/content.ts';
import {
  columnList,
  createTableSql,
  type HandedName,
  type HandedRow,
  type HandedTable,
  handedId,
  handedTables,
} from '../db/handed-tables.ts';
import { schemaVersion } from '../db/migrate.ts';
import { MirrorError, messageOf, UsageError } from '../errors.ts';
import { maxCellBytes, rowJudge } from './sent-cells.ts';

/** What another mirror says of itself. */
export interface SentMeta {
  apiUrl: string;
  content: (typeof contentStates)[number];
  contentSecret: string;
  /** The globs of the DUNETRACE_AGENTS that it follows; null: it has all agents. */
  onlyAgents: string | null;
}

/** The file of another mirror, of which nothing is believed that was not checked. */
export interface SentFile {
  readonly meta: SentMeta;
  /** How many rows all tables have. */
  readonly count: number;
  /** The rows of a table, each checked before it is given out. */
  rows(table: HandedName): Iterable<HandedRow>;
  close(): void;
}

const refused = (why: string, cause?: unknown) =>
  new MirrorError('handed', `What was sent is no mirror that can be taken: ${why}.`, { cause });

const integer = z.int().nonnegative();

/** The whole schema must be ours, word for word, so that nothing in it is ever run: no view, trigger or computed column. */
function demandSchema(sqlite: Database.Database): void {
  if (sqlite.pragma('application_id', { simple: true }) !== handedId) throw refused('it has another form');
  demandVersion(integer.parse(sqlite.pragma('user_version', { simple: true })));
  const tables: HandedTable[] = Object.values(handedTables);
  const expected = tables.map((table) => `table ${table.name} ${createTableSql(table)}`).sort();
  // It may have millions.
  const found = sqlite
    .prepare<[number], { type: string; name: string; sql: string | null }>(
      'select type, name, sql from sqlite_schema limit ?',
    )
    .all(expected.length + 1)
    .map(({ type, name, sql }) => `${type} ${name} ${sql}`)
    .sort();
  const odd = found.find((one, place) => one !== expected[place]);
  if (odd !== undefined || found.length !== expected.length) throw refused('its tables are not those of a mirror');
}

/** @throws MirrorError for a mirror of another version than ours. */
export function demandVersion(version: number): void {
  const known = schemaVersion();
  if (version === known) return;
  throw new MirrorError(
    'handed',
    `The other server's mirror has schema ${version}, and this program ${known}. Update dunetrace-mcp on both.`,
  );
}

function demandSound(sqlite: Database.Database): void {
  // It holds each value to its column's type, too.
  const [found] = sqlite.prepare<[], string>('pragma integrity_check(1)').pluck().all();
  if (found !== 'ok') throw refused(`it is damaged (${String(found).slice(0, 200)})`);
  for (const table of Object.values(handedTables)) {
    const texts = table.columns.filter(({ type }) => type === 'TEXT');
    if (texts.length === 0) continue;
    const isLong = texts.map(({ name }) => `octet_length("${name}") > ${maxCellBytes}`).join(' or ');
    if (sqlite.prepare(`select 1 from "${table.name}" where ${isLong} limit 1`).get() !== undefined)
      throw refused(`${table.name} has a value of more than ${maxCellBytes} bytes`);
  }
}

const meta = z.object({
  api_url: z.url(),
  content: z.enum(contentStates),
  content_secret: z.string().regex(/^[0-9a-f]{64}$/),
});
const fleet = z.object({ only_agents: z.string().nullable() });

function readMeta(rows: SentFile['rows']): SentMeta {
  const { api_url: apiUrl, content, content_secret: contentSecret } = meta.parse([...rows('meta')][0]);
  // A mirror that no pass has begun on has no such row.
  const { only_agents: onlyAgents } = fleet.parse([...rows('fleet')][0] ?? { only_agents: null });
  readAgentChoice(onlyAgents ?? '');
  return { apiUrl, content, contentSecret, onlyAgents };
}

/**
 * Opens the file read-only, and checks it as a whole.
 * @throws MirrorError of kind handed, which says what is wrong.
 */
export function openSentFile(file: string): SentFile {
  let sqlite: Database.Database | undefined;
  try {
    sqlite = new Database(file, { readonly: true, fileMustExist: true });
    return checked(sqlite);
  } catch (error) {
    sqlite?.close();
    throw explained(error);
  }
}

function explained(error: unknown): Error {
  if (error instanceof MirrorError) return error;
  if (error instanceof z.ZodError) return refused('what it says of itself is malformed', error);
  if (error instanceof UsageError) return refused('its choice of agents is malformed', error);
  return refused(messageOf(error).slice(0, 200), error);
}

function checked(sqlite: Database.Database): SentFile {
  sqlite.pragma('trusted_schema = off');
  sqlite.pragma('cell_size_check = on');
  sqlite.pragma('mmap_size = 0');
  demandSchema(sqlite);
  demandSound(sqlite);

  function* rows(name: HandedName): Iterable<HandedRow> {
    const table = handedTables[name];
    const wrongWith = rowJudge(table);
    const select = sqlite.prepare<[], HandedRow>(`select ${columnList(table)} from "${table.name}" order by rowid`);
    try {
      for (const row of select.iterate()) {
        const wrong = wrongWith(row);
        if (wrong !== undefined) throw refused(wrong);
        yield row;
      }
    } catch (error) {
      throw explained(error);
    }
  }

  const countOf = ({ name }: HandedTable) =>
    sqlite.prepare<[], number>(`select count(*) from "${name}"`).pluck().get() ?? 0;
  return {
    meta: readMeta(rows),
    count: Object.values(handedTables).reduce((sum, table) => sum + countOf(table), 0),
    rows,
    close: () => sqlite.close(),
  };
}
