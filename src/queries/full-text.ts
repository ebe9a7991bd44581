import { type Column, or, type Placeholder, type SQL, sql } from 'drizzle-orm';
import { signals } from '../mirror/schema.ts';

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

const inTexts = (column: Column, term: Placeholder) =>
  sql`${column} in (select rowid from texts_fts where texts_fts match ${term})`;

/**
 * Signals that hold the term in their title, explanation, evidence, failure type or agent id. The index is over texts
 * that are stored once, not over rows: 62 bytes a signal instead of 235 (PERFORMANCE.md).
 */
export function holdsTerm(term: Placeholder): SQL | undefined {
  return or(
    ...[signals.title, signals.what, signals.evidence, signals.evidenceSummary].map((column) => inTexts(column, term)),
    sql`${signals.failureType} in (select rowid from names_fts where names_fts match ${term})`,
    sql`${signals.agent} in (select rowid from agents_fts where agents_fts match ${term})`,
  );
}
