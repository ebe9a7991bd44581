import { eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Reader } from './open.ts';
import { prepared, preparedSql } from './prepared.ts';
import { agents, names } from './schema.ts';

/** Between names and the numbers that rows hold instead. */

/** An agent's number, in a statement. */
export const agentNumber = (agentId: unknown): SQL => sql`(select id from agents where agent_id = ${agentId})`;

const agentFound = prepared((db) =>
  db
    .select({ id: agents.id })
    .from(agents)
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare(),
);

/** The same, looked up; 0, which no row has, for an agent that the mirror does not know. */
export const numberOfAgent = (reader: Pick<Reader, 'db'>, agentId: string): number =>
  agentFound(reader).get({ agentId })?.id ?? 0;

const nameNumbers = prepared((db) =>
  db
    .select({ id: names.id })
    .from(names)
    .where(inArray(names.name, [sql.placeholder('one'), sql.placeholder('other'), sql.placeholder('third')]))
    .prepare(),
);

/** The numbers of those of up to three spellings that the mirror has. */
export function numbersOfNames(
  reader: Pick<Reader, 'db'>,
  [one, other = one, third = one]: readonly [string, string?, string?],
): number[] {
  return nameNumbers(reader)
    .all({ one, other, third })
    .map(({ id }) => id);
}

const named = preparedSql<{ name: string }>('select name from names where id = @id');

/** The name behind a number (a failure type, severity, version or model); '' for none. */
export const nameOf = (reader: Pick<Reader, 'sqlite'>, id: number): string => named(reader).get({ id })?.name ?? '';
