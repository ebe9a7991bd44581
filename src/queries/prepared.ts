import type { Reader } from '../mirror/open.ts';

type Db = Reader['db'];

/** Past this many shapes of one query the statements are built anew: a caller can ask for more than are worth keeping. */
const maxShapes = 200;

/**
 * A statement that is built once per connection: drizzle and SQLite take longer to build it than to run it.
 *
 *     const byId = prepared((db) => db.select().from(runs).where(eq(runs.id, sql.placeholder('id'))).prepare());
 *     byId(reader).get({ id: 7 });
 */
export function prepared<Statement>(build: (db: Db) => Statement): (reader: Pick<Reader, 'db'>) => Statement {
  const byShape = preparedByShape((db) => build(db));
  return (reader) => byShape(reader, '');
}

/**
 * The same for a query of several shapes, such as combinations of filters: one statement for each `shape`. A shape tells
 * all that the statement's text depends on; values are bound with placeholders.
 */
export function preparedByShape<Shape extends string, Statement>(
  build: (db: Db, shape: Shape) => Statement,
): (reader: Pick<Reader, 'db'>, shape: Shape) => Statement {
  const built = new WeakMap<Db, Map<Shape, Statement>>();
  return ({ db }, shape) => {
    const known = built.get(db) ?? new Map<Shape, Statement>();
    built.set(db, known);
    const statement = known.get(shape) ?? build(db, shape);
    if (known.size >= maxShapes && !known.has(shape)) known.clear();
    known.set(shape, statement);
    return statement;
  };
}
