import type Database from 'better-sqlite3';
import type { Clock } from '../clock.ts';
import type { ContentState } from '../db/content.ts';
import { type HandedName, type HandedRow, handedTables } from '../db/handed-tables.ts';
import type { Mirror } from '../db/open.ts';
import { mirrorMeta } from '../db/schema.ts';
import { codeOf, MirrorError } from '../errors.ts';
import { createChanges } from './changes.ts';
import { createFillChanges, type FillChange } from './fill-changes.ts';
import { createFillEvents } from './fill-events.ts';
import { orphanIn } from './fill-orphans.ts';
import { readFillStates, saveFillStates } from './fill-states.ts';

/** The rows of another mirror; each value has its column's type. */
export interface GivenMirror {
  readonly meta: { content: ContentState; contentSecret: string; onlyAgents: string | null };
  rows(table: HandedName): Iterable<HandedRow>;
}

export interface FillDeps {
  clock: Pick<Clock, 'now' | 'sleep'>;
  signal: AbortSignal;
  /** So many rows more are stored. */
  onRows: (rows: number) => void;
}

/** Rows between two looks at whether to stop. */
const batch = 10_000;

/**
 * Fills a mirror that nobody uses yet with the rows of another one. What is computed from rows is computed here, and no
 * list counts as mirrored whole until a walk over all of it ends.
 * @throws MirrorError of kind handed for rows that don't belong together; the signal's reason when it aborts. The mirror is
 * of no use then.
 */
export async function fillMirror(mirror: Mirror, given: GivenMirror, deps: FillDeps): Promise<void> {
  const { sqlite, db } = mirror;
  // There is nothing to lose yet.
  setPragmas(sqlite, ['foreign_keys = off', 'journal_mode = memory', 'synchronous = off', 'cache_size = -100000']);
  const indexes = dropIndexes(sqlite);
  const copy = (table: HandedName, change?: FillChange) => copyRows(mirror, given, table, change, deps);
  const states = readFillStates(given.rows('states'));
  await copy('names');
  const names = new Map(sqlite.prepare<[], [number, string]>('select id, name from names').raw().all());
  const changes = createChanges(sqlite);
  const change = createFillChanges({ sqlite, names, passOf: states.passOf, changes, now: deps.clock.now() });
  for (const table of ['agents', 'explanations', 'runs', 'signals', 'evidence'] as const)
    await copy(table, change[table]);
  await copy('events', createFillEvents(sqlite, names));
  for (const table of ['shared', 'records'] as const) await copy(table);
  for (const table of ['health', 'recordLists'] as const) await copy(table, change[table]);
  for (const statement of indexes) {
    buildIndex(sqlite, statement);
    await deps.clock.sleep(0, deps.signal);
  }
  mirror.write(() => {
    saveFillStates(mirror, states, given.meta.onlyAgents);
    const { content, contentSecret } = given.meta;
    db.update(mirrorMeta).set({ content, contentSecret }).run();
    changes.settle();
  });
  const orphan = orphanIn(sqlite);
  if (orphan !== undefined) throw disjoint(orphan);
  setPragmas(sqlite, ['synchronous = normal', 'journal_mode = wal', 'foreign_keys = on']);
}

const disjoint = (why: string, cause?: unknown) =>
  new MirrorError('handed', `The rows that were sent don't belong together: ${why}.`, { cause });

function setPragmas(sqlite: Database.Database, pragmas: readonly string[]): void {
  for (const pragma of pragmas) sqlite.pragma(pragma);
}

/** To make an index of rows that are there takes a third of the time. @returns the statements that make them. */
function dropIndexes(sqlite: Database.Database): string[] {
  const found = sqlite
    .prepare<[], { name: string; sql: string }>(
      "select name, sql from sqlite_schema where type = 'index' and sql is not null",
    )
    .all();
  for (const { name } of found) sqlite.exec(`drop index "${name}"`);
  return found.map(({ sql }) => sql);
}

function buildIndex(sqlite: Database.Database, statement: string): void {
  try {
    sqlite.exec(statement);
  } catch (error) {
    if (!codeOf(error)?.startsWith('SQLITE_CONSTRAINT')) throw error;
    throw disjoint('some have the same id', error);
  }
}

async function copyRows(
  { sqlite }: Mirror,
  given: GivenMirror,
  table: HandedName,
  { added = [], change = (row) => row, flush = () => {} }: FillChange = {},
  { clock, signal, onRows }: FillDeps,
): Promise<void> {
  const { name, columns } = handedTables[table];
  const names = [...columns.map((column) => column.name), ...added];
  const insert = sqlite.prepare<unknown[]>(
    `insert into "${name}" (${names.map((column) => `"${column}"`).join()}) values (${names.map(() => '?').join()})`,
  );
  const rows = given.rows(table)[Symbol.iterator]();
  const store = sqlite.transaction((): number => {
    let stored = 0;
    for (; stored < batch; stored += 1) {
      const next = rows.next();
      if (next.done) break;
      const row = change(next.value);
      if (row !== undefined) insert.run(names.map((column) => row[column]));
    }
    flush(stored < batch);
    return stored;
  });
  try {
    for (let stored = batch; stored === batch; ) {
      stored = store();
      onRows(stored);
      await clock.sleep(0, signal);
    }
  } catch (error) {
    if (!codeOf(error)?.startsWith('SQLITE_CONSTRAINT')) throw error;
    throw disjoint(`a row of ${name} can't be stored`, error);
  } finally {
    rows.return?.();
  }
}
