import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isLong } from '../support/effort.ts';
import { codeOf, folderWith, hasPython, runIn } from '../support/guide-code.ts';
import { type IngestedEvent, startIngestServer } from '../support/ingest-server.ts';

/**
 * The guides' own code, which needs no package, run as a reader of theirs would, against an endpoint that checks what is
 * posted: part of `npm run test:long`.
 */

const hash = expect.stringMatching(/^[0-9a-f]{16}$/);
const settings = (url: string) => ({ DUNETRACE_ENDPOINT: new URL('/', url).href, DUNETRACE_API_KEY: 'dt_test' });

/** Each event's step, type and payload; latencies, which differ from run to run, are only checked. */
function story(events: readonly IngestedEvent[]) {
  return events.map(({ step_index, event_type, payload: { latency_ms, ...payload } }) => {
    expect(latency_ms === undefined).toBe(!event_type.endsWith('.responded'));
    return [step_index, event_type, payload];
  });
}

const searchThenAnswer = [
  [0, 'run.started', { input_hash: hash, input_text: hash, tools: ['web_search'] }],
  [1, 'tool.called', { tool_name: 'web_search', args_hash: hash, args: hash }],
  [1, 'tool.responded', { tool_name: 'web_search', success: true, output_length: 29 }],
  [2, 'llm.called', { model: 'gpt-4o-mini' }],
  [
    2,
    'llm.responded',
    { finish_reason: 'stop', prompt_tokens: 120, completion_tokens: 30, output_length: expect.any(Number) },
  ],
  [3, 'run.completed', { exit_reason: 'final_answer', total_steps: 3 }],
];

describe.skipIf(!hasPython || !isLong)('in Python (skipped where python3 is missing, and by npm test)', () => {
  test.each(['custom-python', 'guard-rails'] as const)('%s compiles', async (name) => {
    const blocks = await codeOf(name, 'python');
    const folder = folderWith(blocks.map(({ code }, index) => ({ file: `block_${index}.py`, code })));
    const files = blocks.map((_, index) => `block_${index}.py`);
    expect(await runIn(folder, 'python3', ['-m', 'py_compile', ...files])).toMatchObject({ code: 0, stderr: '' });
  });

  /** Runs the guide's agent, or `instead` of it, and gives what it posted and printed. */
  async function run(instead?: string, answer: 'takes' | 'refuses' = 'takes') {
    const { url, events, faults } = await startIngestServer(answer);
    const extra = instead === undefined ? [] : [{ file: 'instead.py', code: instead }];
    const folder = folderWith([...(await codeOf('custom-python', 'python')), ...extra]);
    const ended = await runIn(folder, 'python3', [instead === undefined ? 'agent.py' : 'instead.py'], settings(url));
    expect(faults).toEqual([]);
    return { ...ended, events };
  }

  test('the agent of custom-python reports its run', async () => {
    const { code, stdout, stderr, events } = await run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('What is a mirage?');
    expect(story(events)).toEqual(searchThenAnswer);
    expect(new Set(events.map(({ run_id }) => run_id)).size).toBe(1);
    for (const { timestamp } of events) expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(3600);
    expect(JSON.stringify(events)).not.toContain('mirage');
  });

  test('a failure is reported, and goes its way; equal arguments are seen to be equal', async () => {
    const { code, stderr, events } = await run(
      `from agent import Run, sender
with Run(sender, {1: "mixed", "keys": object()}) as run:
    for args in ({"a": 1, "b": 2}, {"b": 2, "a": 1}):
        with run.tool("add", args):
            pass
    with run.retrieval("handbook", "secret query") as result:
        result.update(result_count=0, top_score=None)
    with run.tool("add", {"a": "\\ud800"}):
        raise KeyError("secret")
`,
    );
    expect(code).toBe(1);
    expect(stderr).toContain("KeyError: 'secret'");
    expect(story(events).slice(5)).toEqual([
      [3, 'retrieval.called', { index_name: 'handbook', query_hash: hash, query: hash }],
      [3, 'retrieval.responded', { index_name: 'handbook', result_count: 0, top_score: null }],
      [4, 'tool.called', { tool_name: 'add', args_hash: hash, args: hash }],
      [4, 'tool.responded', { tool_name: 'add', success: false, error_hash: hash, error: hash }],
      [5, 'run.errored', { exit_reason: 'error', total_steps: 5 }],
    ]);
    expect(events[1]?.payload).toEqual(events[3]?.payload);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  test('an endpoint that refuses, or is not there, changes nothing for the agent', async () => {
    const refused = await run(undefined, 'refuses');
    expect(refused).toMatchObject({ code: 0, stderr: '' });
    const folder = folderWith(await codeOf('custom-python', 'python'));
    const away = await runIn(folder, 'python3', ['agent.py'], settings('http://127.0.0.1:9'));
    expect(away).toMatchObject({ code: 0, stderr: '' });
  });

  test.skipIf(process.platform === 'win32')('a forked worker reports too', async () => {
    const { code, events } = await run(
      `import os
from agent import Run, sender
with Run(sender, "parent"):
    pass
sender.flush()
child = os.fork()
if child == 0:
    with Run(sender, "child"):
        pass
    sender.flush()
    os._exit(0)
os.waitpid(child, 0)
`,
    );
    expect(code).toBe(0);
    expect(story(events).map(([, type]) => type)).toEqual([
      'run.started',
      'run.completed',
      'run.started',
      'run.completed',
    ]);
  });

  test('guard-rails do what they say', async () => {
    const blocks = await codeOf('guard-rails', 'python');
    const checks = readFileSync(new URL('guard_rails_check.py', import.meta.url), 'utf8');
    const folder = folderWith([{ file: 'check.py', code: [...blocks.map(({ code }) => code), checks].join('\n') }]);
    expect(await runIn(folder, 'python3', ['check.py'])).toEqual({ code: 0, stdout: 'all kept\n', stderr: '' });
  });
});
