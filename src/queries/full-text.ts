import { type Column, or, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { signals } from '../mirror/schema.ts';
import { prepared } from './prepared.ts';

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
    const text = phrase ?? word.replace(/\*+$/, '');
    if (!wordCharacter.test(text)) return [];
    const isPrefix = phraseStar !== undefined || (phrase === undefined && word.endsWith('*'));
    return [`"${text}"${isPrefix ? '*' : ''}`];
  });
}

/**
 * The index is over texts that are stored once, not over rows: 62 bytes a signal instead of 235 (PERFORMANCE.md). Which
 * way from a text to its signals is the faster depends on how many signals hold a term.
 */
export type Way =
  /** From the texts that hold it to their signals, by the indexes of the columns: for a rare term. */
  | 'from texts'
  /** Each signal is compared with all the texts that hold it. */
  | 'against texts';

const textColumns = [signals.title, signals.what, signals.evidence, signals.evidenceSummary];

/** Signals that hold the term in their title, explanation, evidence, failure type or agent id. */
export function holdsTerm(term: Placeholder, way: Way): SQL | undefined {
  // With the plus, SQLite does not go by a column's index.
  const plus = sql.raw(way === 'from texts' ? '' : '+');
  const inTexts = (column: Column) =>
    sql`${plus}${column} in (select rowid from texts_fts where texts_fts match ${term})`;
  return or(
    ...textColumns.map(inTexts),
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

/** The way to the signals that hold a term. */
export function wayOf(reader: Reader, term: Term): Way {
  const few = (found: { count: number } | undefined) => (found?.count ?? 0) <= maxRare;
  return few(textsHolding(reader).get({ term })) && few(signalsHolding(reader).get({ term }))
    ? 'from texts'
    : 'against texts';
}
