/**
 * A search as clients have it that load tools on demand: BM25 over words, which knows no meaning. Its stemming is what
 * takes the plural, the past and the -ing from a word. See Robertson and Zaragoza, The Probabilistic Relevance
 * Framework, 2009, with the usual constants.
 */

const k = 1.2;
const b = 0.75;

const stopWords = new Set(
  (
    'a about all am an and any are as at be been but by can did do does for from had has have he her his how i if in ' +
    'into is it its just me my no not of on or our out so such that the their them then there these they this to up ' +
    'us was we were what when where which who why will with would you your'
  ).split(' '),
);

function stem(word: string): string {
  const singular = word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');
  return singular.length < 5 ? singular : singular.replace(/(?:ing|ed|e)$/, '');
}

const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).filter((word) => !stopWords.has(word)).map(stem);

/** Documents by name, best first, those left out that share no word with the query. Of equal ones the last comes first. */
export function searchWords(documents: Readonly<Record<string, string>>, query: string): string[] {
  const all = Object.entries(documents).map(([name, text]) => ({ name, words: wordsOf(`${name} ${text}`) }));
  const meanLength = all.reduce((sum, { words }) => sum + words.length, 0) / all.length;
  const scoreOf = (words: readonly string[]) =>
    [...new Set(wordsOf(query))].reduce((sum, term) => {
      const times = words.filter((word) => word === term).length;
      if (times === 0) return sum;
      const having = all.filter((other) => other.words.includes(term)).length;
      const rarity = Math.log(1 + (all.length - having + 0.5) / (having + 0.5));
      return sum + (rarity * times * (k + 1)) / (times + k * (1 - b + (b * words.length) / meanLength));
    }, 0);
  return all
    .map(({ name, words }) => ({ name, score: scoreOf(words) }))
    .filter(({ score }) => score > 0)
    .reverse()
    .sort((one, other) => other.score - one.score)
    .map(({ name }) => name);
}
