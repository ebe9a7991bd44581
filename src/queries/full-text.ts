import { wordsOf } from '../db/words.ts';

/** A word, phrase or prefix, as FTS5 reads it. */
export type Term = string;

/** The characters that SQLite's unicode61 tokenizer takes as part of words; all others separate words. */
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
 * Whether a signal `s` contains a term in its failure type or explanation, its agent's id or its evidence; `term` names
 * the parameter. The evidence with the term is looked up once: use this for many signals.
 */
export const isAmongHolders = (term: string): string =>
  `(s.explanation in ${rowsWith('explanation', term)} or s.agent in ${rowsWith('agent', term)} or s.key in ${rowsWith('key', term)})`;

/** The same, but the evidence of each signal is checked separately: use this for a few signals. */
export const holdsItself = (term: string): string =>
  `(s.explanation in ${rowsWith('explanation', term)} or s.agent in ${rowsWith('agent', term)}
    or exists (select 1 from evidence_fts where evidence_fts match @${term} and rowid = s.key))`;

/**
 * The tables to select from, and the condition to add, for the signals `s` that contain a term. There are three parts:
 * by explanation, by agent and by evidence; each signal is in one of them.
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
