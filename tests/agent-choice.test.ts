import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allAgents, leftOutSentence, readAgentChoice } from '../src/agent-choice.ts';

const agents = ['prod-a', 'prod-b', 'prod-b2', 'test-a', 'team/prod-a', 'Prod-a', 'агент 7', ''];

test.each([
  ['', agents],
  [' , ', agents],
  ['prod-a', ['prod-a']],
  ['prod-*', ['prod-a', 'prod-b', 'prod-b2']],
  ['prod-?', ['prod-a', 'prod-b']],
  ['*prod*', ['prod-a', 'prod-b', 'prod-b2', 'team/prod-a']],
  ['агент ?', ['агент 7']],
  ['*', agents],
  ['!test-*', agents.filter((id) => id !== 'test-a')],
  ['prod-*, !prod-b*', ['prod-a']],
  ['prod-*,!prod-b*,prod-b2', ['prod-a', 'prod-b2']],
  ['!prod-b,prod-*', agents],
  ['!*,test-a', ['test-a']],
  ['prod-a,test-*,', ['prod-a', 'test-a']],
  ['none', []],
])('%j chooses %j', (globs, chosen) => {
  expect(agents.filter(readAgentChoice(globs).includes)).toEqual(chosen);
});

test.each([
  ['!', 'nothing after the !'],
  ['prod-*,! ', 'nothing after the !'],
  ['prod-{a,b}', '{, which'],
  ['prod-[ab]', '[, which'],
  ['prod-\\*', '\\, which'],
])('%j is no list of globs: %s', (globs, why) => {
  expect(() => readAgentChoice(globs)).toThrow(`with ${why}`);
  expect(() => readAgentChoice(globs)).toThrow('prod-*,!prod-test');
});

test('globs are kept as they were given, but for spaces', () => {
  expect(readAgentChoice(' prod-* ,!prod-b,').globs).toBe('prod-*, !prod-b');
  expect(readAgentChoice(readAgentChoice('a*,!ab').globs).includes('ab')).toBe(false);
  expect(readAgentChoice(' ')).toBe(allAgents);
});

test('a glob means what the regular expression of its parts means', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '🙂', '.'), maxLength: 8 });
  const id = fc.string({ unit: fc.constantFrom('a', 'b', '🙂', '.', '\n'), maxLength: 8 });
  fc.assert(
    fc.property(
      text.filter((glob) => glob !== ''),
      id,
      (glob, agentId) => {
        const parts = [...glob].map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replace('.', '\\.')));
        expect(readAgentChoice(glob).includes(agentId)).toBe(new RegExp(`^${parts.join('')}$`, 'su').test(agentId));
      },
    ),
  );
});

test('many stars come to an end', () => {
  expect(readAgentChoice(`${'*a'.repeat(200)}b`).includes('a'.repeat(20_000))).toBe(false);
});

test('why an agent is not mirrored, and the way on', () => {
  expect(leftOutSentence({ globs: 'prod-*' }, 'test\u200b-a')).toBe(
    'Agent "test\\u200b-a" is not mirrored: DUNETRACE_AGENTS limits the mirror to prod-*. Add the agent there to mirror it.',
  );
});
