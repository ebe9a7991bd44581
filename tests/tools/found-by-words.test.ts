import { describe, expect, test } from 'vitest';
import { tools } from '../../src/tools/registry.ts';
import { developerQuestions } from '../support/developer-questions.ts';
import { searchWords } from '../support/word-search.ts';

/** Clients with many tools show their model none until it searches for one. So each has to be found by plain words. */

const documents = Object.fromEntries(tools.map(({ name, description }) => [name, description]));

test('the search ranks by rare words, in any form of theirs', () => {
  const found = searchWords({ one: 'cats, dogs', two: 'a dog that barked', three: 'birds' }, 'Is the dog barking?');
  expect(found).toEqual(['two', 'one']);
});

test('there are two questions for every tool', () => {
  expect(Object.keys(developerQuestions).sort()).toEqual(tools.map(({ name }) => name).sort());
});

describe.each(Object.entries(developerQuestions))('%s is among the first three for', (name, questions) => {
  test.each(questions)('%s', (question) => {
    expect(searchWords(documents, question).slice(0, 3)).toContain(name);
  });
});
