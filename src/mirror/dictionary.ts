import type { Mirror } from '../db/open.ts';
import { bodyHash } from './body-hash.ts';

/** Turns strings into the small numbers that rows hold instead; makes new ones as needed, in the transaction under way. */
export interface Dictionary {
  name(text: string): number;
  nameOrNull(text: string | null): number | null;
  textOrNull(body: string | null): number | null;
  /** The same for a text that seldom repeats: remembering it would crowd out those that do. */
  rareTextOrNull(body: string | null): number | null;
  /** Stores the texts that have got a number; to be called at the end of the transaction. */
  store(): void;
  /** Drops what was remembered: after a rollback it may never have been stored, and others may have removed it. */
  forget(): void;
}

/** Templates make most texts repeat; past this many (some megabytes) remembering begins anew. */
const rememberedTexts = 5000;

/**
 * So many texts fit into one statement; what it has room for and is not there is null. Each statement makes the full-text
 * index write out what it has gathered, so that a statement for each text takes ten times as long.
 */
const largest = 512;
const smallest = 8;

export function createDictionary({ sqlite }: Pick<Mirror, 'sqlite'>): Dictionary {
  const nameIds = new Map<string, number>();
  const textIds = new Map<string, number>();
  /** Texts that are not stored yet, by their body. */
  const added = new Map<string, { id: number; hash: Buffer }>();
  let lastText: number | undefined;

  const findName = sqlite.prepare<[string], number>('select id from names where name = ?').pluck();
  const addName = sqlite.prepare<[string]>('insert into names (name) values (?)');
  const findText = sqlite.prepare<[Buffer], number>('select id from texts where hash = ?').pluck();
  const findLast = sqlite.prepare<[], number | null>('select max(id) from texts').pluck();
  const insertOf = (size: number) =>
    sqlite.prepare<unknown[]>(
      `insert into texts (id, hash, body)
        select * from (values ${Array.from({ length: size }, () => '(?, ?, ?)')}) where column1 is not null`,
    );
  const insertFew = insertOf(smallest);
  const insertMany = insertOf(largest);

  function name(text: string): number {
    const remembered = nameIds.get(text);
    if (remembered !== undefined) return remembered;
    const id = findName.get(text) ?? Number(addName.run(text).lastInsertRowid);
    nameIds.set(text, id);
    return id;
  }

  function add(body: string, hash: Buffer): number {
    lastText ??= findLast.get() ?? 0;
    lastText += 1;
    added.set(body, { id: lastText, hash });
    return lastText;
  }

  function rareTextId(given: string): number {
    // As SQLite would store it, or two that it takes for one would both be added.
    const body = given.toWellFormed();
    const known = added.get(body);
    if (known) return known.id;
    const hash = bodyHash(body);
    return findText.get(hash) ?? add(body, hash);
  }

  function textId(body: string): number {
    const remembered = textIds.get(body);
    if (remembered !== undefined) return remembered;
    const id = rareTextId(body);
    if (textIds.size >= rememberedTexts) textIds.clear();
    textIds.set(body, id);
    return id;
  }

  return {
    name,
    nameOrNull: (text) => (text === null ? null : name(text)),
    textOrNull: (body) => (body === null ? null : textId(body)),
    rareTextOrNull: (body) => (body === null ? null : rareTextId(body)),
    store: () => {
      const rows = [...added].map(([body, { id, hash }]) => [id, hash, body]);
      for (let place = 0; place < rows.length; place += largest) {
        const batch = rows.slice(place, place + largest);
        const size = batch.length > smallest ? largest : smallest;
        const empty = Array<null>((size - batch.length) * 3).fill(null);
        (size === largest ? insertMany : insertFew).run(...batch.flat(), ...empty);
      }
      added.clear();
      lastText = undefined;
    },
    forget: () => {
      nameIds.clear();
      textIds.clear();
      added.clear();
      lastText = undefined;
    },
  };
}
