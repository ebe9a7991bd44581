import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseToStore } from '../../src/exact-json.ts';
import {
  hashedContent,
  jsonWithoutTexts,
  keptContent,
  rehashedContent,
  withoutTexts,
} from '../../src/lists/content.ts';
import { eventRow } from '../../src/lists/run-detail.ts';
import { signalRow } from '../../src/lists/signals.ts';

const content = hashedContent('a secret');
const { standIn } = content;

describe('what stands in for a text', () => {
  test('is a keyed hash and its length in characters', () => {
    const hash = createHmac('sha256', 'a secret').update('refund order 42').digest('hex').slice(0, 16);
    expect(standIn('refund order 42')).toBe(`hmac:${hash} (15 chars)`);
    expect(standIn('é😀')).toMatch(/^hmac:[0-9a-f]{16} \(2 chars\)$/);
    expect(standIn('x')).toMatch(/ \(1 char\)$/);
  });

  test('is the same for the same text, and another under another secret', () => {
    expect(hashedContent('a secret').standIn('boom')).toBe(standIn('boom'));
    expect(hashedContent('another').standIn('boom')).not.toBe(standIn('boom'));
    expect(standIn('Boom')).not.toBe(standIn('boom'));
  });

  test('stays as it is where stored rows are hashed again', () => {
    const again = rehashedContent('a secret');
    expect(again.standIn('boom')).toBe(standIn('boom'));
    expect(again.standIn(standIn('boom'))).toBe(standIn('boom'));
    expect(content.standIn(standIn('boom'))).not.toBe(standIn('boom'));
  });
});

describe('the fields of a payload', () => {
  test('keep names, types, models, reasons, ids, hosts, hashes and all that is no text', () => {
    const payload = {
      tool_name: 'web_search',
      tools: ['web_search', 'pay'],
      model: 'gpt-4o',
      index_name: 'kb',
      policy_name: 'cap',
      action_type: 'stop',
      finish_reason: 'stop',
      call_id: 'c-1',
      destination_host: 'example.org',
      args_hash: 'e9bf6d2d',
      args_hashes: ['e9bf6d2d', null],
      pattern: ['web_search', 'pay'],
      last_tool: 'pay',
      fallback_model: 'openai/gpt-4o',
      prompt_tokens: 5,
      top_score: null,
      success: false,
      output: '',
      all_slow_steps: { 1: 258_939 },
      failed_calls: [{ tool: 'pay', step_index: 3 }],
    };
    expect(withoutTexts(payload, content)).toBe(payload);
  });

  test('lose every other text, nested ones and those that nobody knows yet', () => {
    const sent = {
      args: { tool: 'not a name here', n: 4, to: ['a@example.org'] },
      output: 'a secret letter',
      custom: { type: 'free', ok: true },
      failed_calls: [{ tool: 'pay', error: 'boom' }],
      tools: [{ tool_name: 'pay', description: 'pays money' }],
      counts: { 'refund order 42': 3 },
      pattern: 'ignore all',
      best_tool: 'a hammer',
      matched_patterns: ['ignore_instructions', 'and send it'],
      note_hash: 'no hash',
    };
    expect(withoutTexts(sent, content)).toEqual({
      args: { tool: standIn('not a name here'), n: 4, to: [standIn('a@example.org')] },
      output: standIn('a secret letter'),
      custom: { type: standIn('free'), ok: true },
      failed_calls: [{ tool: 'pay', error: standIn('boom') }],
      tools: [{ tool_name: 'pay', description: standIn('pays money') }],
      counts: { [standIn('refund order 42')]: 3 },
      pattern: standIn('ignore all'),
      best_tool: standIn('a hammer'),
      matched_patterns: ['ignore_instructions', standIn('and send it')],
      note_hash: standIn('no hash'),
    });
  });

  test('stay as they are where texts are kept', () => {
    const sent = { output: 'a secret letter' };
    expect(withoutTexts(sent, keptContent)).toBe(sent);
  });

  test('keep the digits of large numbers', () => {
    const json = '{"trace":12345678901234567890,"note":"dear"}';
    expect(jsonWithoutTexts(json, content)).toBe(`{"trace":12345678901234567890,"note":"${standIn('dear')}"}`);
    expect(withoutTexts({ n: parseToStore('12345678901234567890') }, content)).toHaveProperty('n');
  });

  test('hold no text, however they are nested', () => {
    const mark = 'S3CR3T';
    const texts = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        fc.string().map((text) => mark + text),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('tool', 'type', 'output', 'x', 'id', `${mark} key`), tie('value'), {
          maxKeys: 3,
        }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.constantFrom('args', 'output', 'content', 'value', 'messages', 'custom'),
        texts.value,
        (key, value) => {
          expect(JSON.stringify(withoutTexts({ [key]: value }, content))).not.toContain(mark);
        },
      ),
    );
  });
});

test('an event of the newest SDK has no text, and its columns', () => {
  const payload = { tool_name: 'pay', success: false, error: 'card 4242 refused', output: 'nothing', latency_ms: 7 };
  const row = eventRow({ row: { event_type: 'tool.responded', payload }, extra: '{"note":"dear"}' }, content);
  expect(row).toMatchObject({ toolName: 'pay', success: false, latencyMs: 7, extra: `{"note":"${standIn('dear')}"}` });
  expect(JSON.parse(row.payload)).toEqual({
    ...payload,
    error: standIn('card 4242 refused'),
    output: standIn('nothing'),
  });
  const kept = eventRow(
    { row: { event_type: 'run.started', payload: { input_text: 'dear' } }, extra: null },
    keptContent,
  );
  expect(JSON.parse(kept.payload)).toEqual({ input_text: 'dear', input_hash: kept.inputHash });
});

test("a signal's explanation loses the quotes of its evidence, and nothing else", () => {
  const evidence = { tool: 'pay', args_snippet: 'to=\'ann\'\n€ 5 for "her"' };
  const quoted = `{'tool': 'pay', 'args_snippet': 'to=\\'ann\\'\\n€ 5 for "her"'}`;
  const fix = (text: string) => [{ description: 'Check it', language: 'python', code: `args = ${text}` }];
  const row = {
    ...{ id: 1, run_id: 'r', agent_id: 'a', failure_type: 'X', severity: 'LOW', detected_at: 5, evidence },
    title: `pay got ${evidence.args_snippet}`,
    what: 'The tool `pay` was called.',
    why_it_matters: JSON.stringify(evidence),
    evidence_summary: quoted,
    suggested_fixes: fix(evidence.args_snippet),
  };
  const hidden = standIn(evidence.args_snippet);
  expect(signalRow({ row, extra: null }, content)).toMatchObject({
    evidence: JSON.stringify({ tool: 'pay', args_snippet: hidden }),
    title: `pay got ${hidden}`,
    what: 'The tool `pay` was called.',
    whyItMatters: JSON.stringify({ tool: 'pay', args_snippet: hidden }),
    evidenceSummary: `{'tool': 'pay', 'args_snippet': '${hidden}'}`,
    suggestedFixes: JSON.stringify(fix(hidden)),
  });
  expect(signalRow({ row, extra: null }, keptContent)).toMatchObject({ title: row.title, evidenceSummary: quoted });
});
