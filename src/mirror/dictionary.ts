import type { Mirror } from '../db/open.ts';

/** Turns short strings into the small numbers that rows hold instead; makes new ones as needed, in the transaction under way. */
export interface Dictionary {
  name(text: string): number;
  nameOrNull(text: string | null): number | null;
  /** Drops what is remembered: after a rollback it may never have been stored. */
  forget(): void;
}

export function createDictionary({ sqlite }: Pick<Mirror, 'sqlite'>): Dictionary {
  const known = new Map<string, number>();
  const find = sqlite.prepare<[string], number>('select id from names where name = ?').pluck();
  const add = sqlite.prepare<[string]>('insert into names (name) values (?)');

  function name(text: string): number {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    const id = find.get(text) ?? Number(add.run(text).lastInsertRowid);
    known.set(text, id);
    return id;
  }

  return { name, nameOrNull: (text) => (text === null ? null : name(text)), forget: () => known.clear() };
}
