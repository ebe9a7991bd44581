import { or, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { signals } from '../db/schema.ts';
import { untilChanged } from '../db/unchanged.ts';

/** A word, phrase or prefix, as FTS5 reads it. */
export type Term = string;

/** What SQLite's unicode61 tokenizer takes into words; the rest separates them. */
const wordCharacter = /[\p{L}\p{N}\p{Co}]/u;

/**
 * The terms of a query: words, "phrases in quotes", and prefixes with a * at their end. Everything else (operators,
 * brackets, punctuation) only separates, so that no text is a syntax error.
 */
export function parseTerms(query: string): Term[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SQLite would end the text at a NUL
  const parts = query.replace(/\u0000/g, ' ').matchAll(/"([^"]*)"(\*)?|([^\s"]+)/g);
  return [...parts].flatMap(([, phrase, phraseStar, word = '']) => {
    const text = phrase ?? word.replace(/(?<!\*)\*+$/, '');
    if (!wordCharacter.test(text)) return [];
    const isPrefix = phraseStar !== undefined || (phrase === undefined && word.endsWith('*'));
    return [`"${text}"${isPrefix ? '*' : ''}`];
  });
}

/**
 * The index is over texts that are stored once, not over rows: 62 bytes a signal instead of 235. Which
 * way from a text to its signals is the faster depends on how many signals hold a term.
 */
export type Way =
  /** From the texts that hold it to their signals, by the indexes of the columns: for a rare term. */
  | 'from texts'
  /** Each signal is compared with all the texts that hold it, which are listed once in the temporary table of this number. */
  | number;

const textColumns = [signals.title, signals.what, signals.evidence, signals.evidenceSummary];

const tableOf = (number: number) => `temp.held_${number}`;

/** Signals that hold the term in their title, explanation, evidence, failure type or agent id. */
export function holdsTerm(term: Placeholder, way: Way): SQL | undefined {
  const isRare = way === 'from texts';
  // With the plus, SQLite does not go by a column's index.
  const plus = sql.raw(isRare ? '' : '+');
  const texts = isRare
    ? sql`(select rowid from texts_fts where texts_fts match ${term})`
    : sql`(select id from ${sql.raw(tableOf(way))})`;
  return or(
    ...textColumns.map((column) => sql`${plus}${column} in ${texts}`),
    sql`${plus}${signals.failureType} in (select rowid from names_fts where names_fts match ${term})`,
    sql`${plus}${signals.agent} in (select rowid from agents_fts where agents_fts match ${term})`,
  );
}

/** A term that more signals hold is looked for among the signals, not the other way round. */
const maxRare = 3000;

const term = sql.placeholder('term');
const upTo = sql.raw(String(maxRare + 1));

const textsHolding = prepared((db) =>
  db
    .select({ count: sql<number>`count(*)` })
    .from(sql`(select 1 from texts_fts where texts_fts match ${term} limit ${upTo})`)
    .prepare(),
);

const signalsHolding = prepared((db) =>
  db
    .select({ count: sql<number>`count(*)` })
    .from(sql`(select 1 from ${signals} where ${holdsTerm(term, 'from texts')} limit ${upTo})`)
    .prepare(),
);

function isRare(reader: Reader, term: Term): boolean {
  const few = (found: { count: number } | undefined) => (found?.count ?? 0) <= maxRare;
  return few(textsHolding(reader).get({ term })) && few(signalsHolding(reader).get({ term }));
}

/** Lists the texts that hold a term: once, where the statements that follow would do so for each column of theirs. */
function listTexts({ sqlite }: Reader, term: Term, number: number): void {
  const table = tableOf(number);
  sqlite.exec(`create table if not exists ${table} (id integer primary key); delete from ${table}`);
  sqlite.prepare(`insert into ${table} select rowid from texts_fts where texts_fts match ?`).run(term);
}

/** Lists that are kept at a time; those of one query are too. */
const maxLists = 20;

const knownWays = untilChanged<Map<Term, Way>>();

/** The ways to the signals that hold each of up to 20 terms; they hold until the next call. */
export function waysOf(reader: Reader, terms: readonly Term[]): Way[] {
  if (terms.length === 0) return [];
  const known = knownWays(reader, '', () => new Map());
  const missing = new Set(terms.filter((term) => !known.has(term)));
  if (known.size + missing.size > maxLists) known.clear();
  return terms.map((term) => {
    const found = known.get(term);
    if (found !== undefined) return found;
    const way = isRare(reader, term) ? 'from texts' : known.size;
    if (way !== 'from texts') listTexts(reader, term, way);
    known.set(term, way);
    return way;
  });
}
