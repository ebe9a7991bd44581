import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { names, runs, signals } from '../db/schema.ts';
import { inWindow, type Window } from './windows.ts';

const nameRow = prepared((db) =>
  db
    .select({ name: names.name })
    .from(names)
    .where(eq(names.id, sql.placeholder('id')))
    .prepare(),
);

/** Names by their codes, each looked up once: cheaper than in every row of a join. */
export function createNames(reader: Reader): (code: number) => string | undefined {
  const known = new Map<number, string | undefined>();
  return (id) => {
    if (!known.has(id)) known.set(id, nameRow(reader).get({ id })?.name);
    return known.get(id);
  };
}

const failures = prepared((db) =>
  db
    .select({ run: signals.run, code: signals.failureType })
    .from(runs)
    .innerJoin(signals, and(eq(signals.run, runs.id), isNull(signals.goneAt)))
    .where(inWindow)
    .prepare(),
);

/** The failure types, each once, of each run of a window that has signals, by the run's number. */
export function runFailures(reader: Reader, window: Window): Map<number, Set<string>> {
  const nameOf = createNames(reader);
  const found = new Map<number, Set<string>>();
  for (const { run, code } of failures(reader).all(window)) {
    const types = found.get(run) ?? new Set<string>();
    types.add(nameOf(code) ?? '');
    found.set(run, types);
  }
  return found;
}
