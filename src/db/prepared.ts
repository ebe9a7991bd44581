import type Database from 'better-sqlite3';
import type { Reader } from './open.ts';

type Db = Reader['db'];

/** Past this many shapes of one query its statements are dropped: a caller can ask for more than are worth keeping. */
const maxShapes = 200;

/**
 * A statement that is built once per connection: drizzle and SQLite take longer to build it than to run it.
 *
 *     const byId = prepared((db) => db.select().from(runs).where(eq(runs.id, sql.placeholder('id'))).prepare());
 *     byId(reader).get({ id: 7 });
 */
export function prepared<Statement>(build: (db: Db) => Statement): (reader: Pick<Reader, 'db'>) => Statement {
  const built = new WeakMap<Db, Statement>();
  return ({ db }) => {
    const known = built.get(db);
    if (known !== undefined) return known;
    const statement = build(db);
    built.set(db, statement);
    return statement;
  };
}

/**
 * The same for a query of several shapes, such as combinations of filters: one statement for each `shape`. A shape is
 * plain data that tells all that the statement's text depends on; values are bound with placeholders.
 */
export function preparedByShape<Shape, Statement>(
  build: (db: Db, shape: Shape) => Statement,
): (reader: Pick<Reader, 'db'>, shape: Shape) => Statement {
  const statements = prepared((_db) => new Map<string, Statement>());
  return (reader, shape) => {
    const known = statements(reader);
    const key = JSON.stringify(shape);
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= maxShapes) known.clear();
    const statement = build(reader.db, shape);
    known.set(key, statement);
    return statement;
  };
}

type Statement<Row> = Database.Statement<[Record<string, unknown>], Row>;

/** Statements of plain SQL with rows of one kind; drizzle takes longer to hand on many rows than SQLite to find them. */
export function preparedTexts<Row>(): (reader: Pick<Reader, 'sqlite'>, text: string) => Statement<Row> {
  const connections = new WeakMap<Database.Database, Map<string, Statement<Row>>>();
  return ({ sqlite }, text) => {
    const known = connections.get(sqlite) ?? new Map<string, Statement<Row>>();
    connections.set(sqlite, known);
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= maxShapes) known.clear();
    const statement = sqlite.prepare<[Record<string, unknown>], Row>(text);
    known.set(text, statement);
    return statement;
  };
}

/** The same of one statement. */
export function preparedSql<Row>(text: string): (reader: Pick<Reader, 'sqlite'>) => Statement<Row> {
  const statements = preparedTexts<Row>();
  return (reader) => statements(reader, text);
}
