import { eq, inArray, sql } from 'drizzle-orm';
import type { Reader } from './open.ts';
import { prepared } from './prepared.ts';
import { agents, names } from './schema.ts';

/** From names to the numbers that rows hold instead. */

const agentNumber = prepared((db) =>
  db
    .select({ id: agents.id })
    .from(agents)
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare(),
);

const nameNumbers = prepared((db) =>
  db
    .select({ id: names.id })
    .from(names)
    .where(inArray(names.name, [sql.placeholder('one'), sql.placeholder('other'), sql.placeholder('third')]))
    .prepare(),
);

/** An agent's number; undefined for one that the mirror does not know. */
export function codeOfAgent(reader: Pick<Reader, 'db'>, agentId: string): number | undefined {
  return agentNumber(reader).get({ agentId })?.id;
}

/** The numbers of those of up to three spellings that the mirror has. */
export function codesOfNames(
  reader: Pick<Reader, 'db'>,
  [one, other = one, third = one]: readonly [string, string?, string?],
): number[] {
  return nameNumbers(reader)
    .all({ one, other, third })
    .map(({ id }) => id);
}
