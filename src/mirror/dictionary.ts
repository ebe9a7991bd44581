import { eq, sql } from 'drizzle-orm';
import { bodyHash } from './body-hash.ts';
import type { Mirror } from './open.ts';
import { names, texts } from './schema.ts';

/** Turns strings into the small numbers that rows hold instead; makes new ones as needed. */
export interface Dictionary {
  name(text: string): number;
  nameOrNull(text: string | null): number | null;
  textOrNull(body: string | null): number | null;
  /** The same for a text that seldom repeats: remembering it would crowd out those that do. */
  rareTextOrNull(body: string | null): number | null;
  /** Drops what was remembered: after a rollback it may never have been stored, and others may have removed it. */
  forget(): void;
}

/** Templates make most texts repeat; past this many (some megabytes) remembering begins anew. */
const rememberedTexts = 5000;

export function createDictionary({ db }: Mirror): Dictionary {
  const nameIds = new Map<string, number>();
  const textIds = new Map<string, number>();
  const findName = db
    .select({ id: names.id })
    .from(names)
    .where(eq(names.name, sql.placeholder('name')))
    .prepare();
  const addName = db
    .insert(names)
    .values({ name: sql.placeholder('name') })
    .returning({ id: names.id })
    .prepare();
  const findText = db
    .select({ id: texts.id })
    .from(texts)
    .where(eq(texts.hash, sql.placeholder('hash')))
    .prepare();
  const addText = db
    .insert(texts)
    .values({ hash: sql.placeholder('hash'), body: sql.placeholder('body') })
    .returning({ id: texts.id })
    .prepare();

  function name(text: string): number {
    const remembered = nameIds.get(text);
    if (remembered !== undefined) return remembered;
    const { id } = findName.get({ name: text }) ?? addName.get({ name: text });
    nameIds.set(text, id);
    return id;
  }

  function rareTextId(body: string): number {
    const hash = bodyHash(body);
    return (findText.get({ hash }) ?? addText.get({ hash, body })).id;
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
    forget: () => {
      nameIds.clear();
      textIds.clear();
    },
  };
}
