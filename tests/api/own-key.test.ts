import { expect, test } from 'vitest';
import { createOwnKey, keyMark } from '../../src/api/own-key.ts';
import { wireAgent } from '../../src/lists/agents.ts';

const key = 'dt_live_0123456789abcdef';
const hidden = [
  key,
  `dt_live_\u200b0123456789abcdef`,
  `\u001b[1mdt_live_0123\u001b[0m456789abcdef`,
  'dt_live_0123456789ab\ufe0fcdef',
];

test.each(hidden)('the key is in no text, name or list, however it is written: %j', (written) => {
  const { outOfValue, outOfText } = createOwnKey(key);
  expect(outOfText(`a ${written} b`)).toBe('a [DUNETRACE_API_KEY] b');
  const id = JSON.rawJSON('12345678901234567890');
  expect(outOfValue({ id, rows: [{ agent_id: written, [written]: 1, deep: [[`x${written}`]] }] })).toEqual({
    id,
    rows: [{ agent_id: keyMark, [keyMark]: 1, deep: [[`x${keyMark}`]] }],
  });
});

test('what does not hold the key is given back as it is', () => {
  const value = { rows: [{ title: 'a\u200bb', list: [1, null, 'x'.repeat(100)] }] };
  expect(createOwnKey(key).outOfValue(value)).toBe(value);
});

test('a short key is no secret in data, and may be the name of something', () => {
  const value = { agent_id: 'test-agent' };
  expect(createOwnKey('test').outOfValue(value)).toBe(value);
  expect(createOwnKey('test').outOfText('the key test')).toBe('the key [DUNETRACE_API_KEY]');
});

test('what is nested deep costs no stack', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(createOwnKey(key).outOfValue(deep)).toBe(deep);
});

test('an id that held the key names nothing', () => {
  const sent = { agent_id: `agent of ${key}`, last_seen: 1 };
  expect(wireAgent.safeParse(sent).success).toBe(true);
  expect(wireAgent.safeParse(createOwnKey(key).outOfValue(sent)).error?.issues[0]?.message).toBe('holds the API key');
});
