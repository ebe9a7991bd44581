import { wordsOf } from '../db/words.ts';

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
    return [`"${wordsOf(text).trim()}"${isPrefix ? '*' : ''}`];
  });
}

const tables = { explanation: 'explanations_fts', agent: 'agents_fts', key: 'evidence_fts' } as const;

const rowsWith = (column: keyof typeof tables, term: string) =>
  `(select rowid from ${tables[column]} where ${tables[column]} match @${term})`;

/**
 * Whether a signal `s` holds a term in its failure type or explanation, its agent's id or its evidence; `term` names the
 * parameter. The evidence that holds it is listed once: for many signals.
 */
export const isAmongHolders = (term: string): string =>
  `(s.explanation in ${rowsWith('explanation', term)} or s.agent in ${rowsWith('agent', term)} or s.key in ${rowsWith('key', term)})`;

/** The same; the evidence of each signal is looked at by itself: for a few. */
export const holdsItself = (term: string): string =>
  `(s.explanation in ${rowsWith('explanation', term)} or s.agent in ${rowsWith('agent', term)}
    or exists (select 1 from evidence_fts where evidence_fts match @${term} and rowid = s.key))`;

/**
 * What to select from, and which condition to add, for the signals `s` that hold a term: each in one of three parts, found
 * by its explanation, its agent, or its evidence.
 */
export function holders(term: string): readonly (readonly [from: string, condition: string])[] {
  const byExplanation = `s.explanation in ${rowsWith('explanation', term)}`;
  const byAgent = `s.agent in ${rowsWith('agent', term)}`;
  return [
    ['signals s', byExplanation],
    ['signals s', `${byAgent} and +s.explanation not in ${rowsWith('explanation', term)}`],
    [
      'evidence_fts cross join signals s on s.key = evidence_fts.rowid',
      `evidence_fts match @${term} and not (${byExplanation}) and not (${byAgent})`,
    ],
  ];
}
