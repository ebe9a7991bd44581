/** What full text is made of: the same for what is indexed and for what is looked for. */

/** Written without spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;

/** A text for the index, in which each Chinese or Japanese character is a word: any part of a run of them can be found. */
export const wordsOf = (text: string): string => text.replace(unspaced, ' $& ');
