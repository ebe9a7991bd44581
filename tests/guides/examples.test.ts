import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { GuideName } from '../../src/guides/library.ts';
import { isLong } from '../support/effort.ts';
import { codeOf, folderWith, hasPython, runIn } from '../support/guide-code.ts';
import { type IngestedEvent, startIngestServer } from '../support/ingest-server.ts';

/** The code of the guides, run as a reader of theirs would, against an endpoint that checks what is posted: part of `npm run test:long`. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const stub = ['callbacks.py', 'runnables.py', '__init__.py'].map((name) => ({
  file: `langchain_core/${name}`,
  code: name === '__init__.py' ? '' : readFileSync(new URL(`langchain_core/${name}`, import.meta.url), 'utf8'),
}));

const hash = expect.stringMatching(/^[0-9a-f]{16}$/);
const settings = (url: string) => ({ DUNETRACE_INGEST_URL: url, DUNETRACE_API_KEY: 'dt_test' });

/** Each event's step, type and payload; latencies, which differ from run to run, are only checked. */
function story(events: readonly IngestedEvent[]) {
  return events.map(({ step_index, event_type, payload: { latency_ms, ...payload } }) => {
    expect(latency_ms === undefined).toBe(!event_type.endsWith('.responded'));
    return [step_index, event_type, payload];
  });
}

const searchThenAnswer = [
  [0, 'run.started', { input_hash: hash, tools: ['web_search'] }],
  [1, 'tool.called', { tool_name: 'web_search', args_hash: hash }],
  [1, 'tool.responded', { tool_name: 'web_search', success: true, output_length: 29 }],
  [2, 'llm.called', { model: 'gpt-4o-mini' }],
  [
    2,
    'llm.responded',
    { finish_reason: 'stop', prompt_tokens: 120, completion_tokens: 30, output_length: expect.any(Number) },
  ],
  [3, 'run.completed', { exit_reason: 'final_answer', total_steps: 3 }],
];

const pythonGuides = ['integrate-python', 'integrate-langchain', 'track-tools'] as const;

describe.skipIf(!hasPython || !isLong)('in Python (skipped where python3 is missing, and by npm test)', () => {
  test.each([...pythonGuides, 'policies'] as const)('%s compiles', async (name) => {
    const blocks = await codeOf(name, 'python');
    const folder = folderWith(blocks.map(({ code }, index) => ({ file: `block_${index}.py`, code })));
    const files = blocks.map((_, index) => `block_${index}.py`);
    expect(await runIn(folder, 'python3', ['-m', 'py_compile', ...files])).toMatchObject({ code: 0, stderr: '' });
  });

  /** Runs the guide's agent, or `instead` of it, and gives what it posted and printed. */
  async function run(name: GuideName, instead?: string, answer: 'takes' | 'refuses' = 'takes') {
    const { url, events, faults } = await startIngestServer(answer);
    const extra = instead === undefined ? [] : [{ file: 'instead.py', code: instead }];
    const folder = folderWith([
      ...(name === 'integrate-langchain' ? stub : []),
      ...(await codeOf(name, 'python')),
      ...extra,
    ]);
    const ended = await runIn(folder, 'python3', [instead === undefined ? 'agent.py' : 'instead.py'], settings(url));
    expect(faults).toEqual([]);
    return { ...ended, events };
  }

  test('the agent of integrate-python reports its run', async () => {
    const { code, stdout, stderr, events } = await run('integrate-python');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('What is a mirage?');
    expect(story(events)).toEqual(searchThenAnswer);
    expect(new Set(events.map(({ run_id }) => run_id)).size).toBe(1);
    for (const { timestamp } of events) expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(3600);
    expect(JSON.stringify(events)).not.toContain('mirage');
  });

  test('a failure is reported, and goes its way; equal arguments are seen to be equal', async () => {
    const { code, stderr, events } = await run(
      'integrate-python',
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
      [3, 'retrieval.called', { index_name: 'handbook', query_hash: hash }],
      [3, 'retrieval.responded', { index_name: 'handbook', result_count: 0, top_score: null }],
      [4, 'tool.called', { tool_name: 'add', args_hash: hash }],
      [4, 'tool.responded', { tool_name: 'add', success: false, error_hash: hash }],
      [5, 'run.errored', { exit_reason: 'error', total_steps: 5 }],
    ]);
    expect(events[1]?.payload).toEqual(events[3]?.payload);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  test('an endpoint that refuses, or is not there, changes nothing for the agent', async () => {
    const refused = await run('integrate-python', undefined, 'refuses');
    expect(refused).toMatchObject({ code: 0, stderr: '' });
    const folder = folderWith(await codeOf('integrate-python', 'python'));
    const away = await runIn(folder, 'python3', ['agent.py'], settings('http://127.0.0.1:9/v1/ingest'));
    expect(away).toMatchObject({ code: 0, stderr: '' });
  });

  test.skipIf(process.platform === 'win32')('a forked worker reports too', async () => {
    const { code, events } = await run(
      'integrate-python',
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

  test('the agent of track-tools reports its run and its tools, async ones and failing ones too', async () => {
    const { code, stdout, events } = await run('track-tools');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'facts about mirage\n' });
    expect(story(events)).toEqual([
      [0, 'run.started', { input_hash: hash, tools: ['web_search'] }],
      [1, 'tool.called', { tool_name: 'web_search', args_hash: hash }],
      [1, 'tool.responded', { tool_name: 'web_search', success: true }],
      [2, 'run.completed', { exit_reason: 'final_answer', total_steps: 2 }],
    ]);
    const more = await run(
      'track-tools',
      `import asyncio
from agent import run, sender, tracked
@tracked
async def add(a, b):
    return a + b
@tracked
def fail():
    raise ValueError("secret")
assert asyncio.run(add(1, 2)) == 3  # outside of a run
async def main():
    with run(sender, "task", ["add", "fail"]):
        assert await asyncio.gather(add(1, 2), add(1, b=3)) == [3, 4]
        fail()
try:
    asyncio.run(main())
except ValueError:
    print("raised")
`,
    );
    expect(more).toMatchObject({ code: 0, stdout: 'raised\n' });
    expect(story(more.events).slice(-3)).toEqual([
      [3, 'tool.called', { tool_name: 'fail', args_hash: hash }],
      [3, 'tool.responded', { tool_name: 'fail', success: false, error_hash: hash }],
      [4, 'run.errored', { exit_reason: 'error', total_steps: 4 }],
    ]);
    expect(more.events).toHaveLength(8);
  });

  test("LangChain's hooks become one run, whatever is nested in it", async () => {
    const { code, stdout, stderr, events } = await run('integrate-langchain');
    expect({ code, stderr, stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: 'An answer to What is a mirage?\nleft open: {}\n',
    });
    expect(story(events)).toEqual([
      [0, 'run.started', { input_hash: hash, tools: ['web_search'] }],
      [1, 'llm.called', { model: 'gpt-4o-mini', prompt_tokens: 120 }],
      [
        1,
        'llm.responded',
        { finish_reason: 'tool_calls', prompt_tokens: 120, completion_tokens: 30, output_length: 5 },
      ],
      [2, 'tool.called', { tool_name: 'web_search', args_hash: hash }],
      [2, 'tool.responded', { tool_name: 'web_search', success: true, output_length: 4 }],
      [3, 'tool.called', { tool_name: 'web_search', args_hash: hash }],
      [3, 'tool.responded', { tool_name: 'web_search', success: false, error_hash: hash }],
      [4, 'retrieval.called', { index_name: 'handbook', query_hash: hash }],
      [4, 'retrieval.responded', { index_name: 'handbook', result_count: 2 }],
      [5, 'llm.called', { model: 'old-model', prompt_tokens: 7 }],
      [5, 'llm.responded', { finish_reason: 'length', prompt_tokens: 7, completion_tokens: 8, output_length: 5 }],
      [6, 'llm.called', { model: 'unknown' }],
      [6, 'llm.responded', { finish_reason: 'error' }],
      [7, 'run.completed', { exit_reason: 'final_answer', total_steps: 7 }],
      [0, 'run.started', { input_hash: hash, tools: ['web_search'] }],
      [1, 'run.errored', { exit_reason: 'error', total_steps: 1 }],
    ]);
    expect(JSON.stringify(events)).not.toContain('mirage');
    expect(events[3]?.payload).toEqual(events[5]?.payload);
  });

  test('the guard rails of policies do what they say', async () => {
    const blocks = await codeOf('policies', 'python');
    const checks = readFileSync(new URL('policies_check.py', import.meta.url), 'utf8');
    const folder = folderWith([{ file: 'check.py', code: [...blocks.map(({ code }) => code), checks].join('\n') }]);
    expect(await runIn(folder, 'python3', ['check.py'])).toEqual({ code: 0, stdout: 'all kept\n', stderr: '' });
  });
});

test('the Python guides share one sender', async () => {
  const senders = await Promise.all(pythonGuides.map(async (name) => (await codeOf(name, 'python'))[0]?.code));
  expect(senders[0]).toContain('class Sender');
  expect(new Set(senders).size).toBe(1);
});

describe.runIf(isLong)('in TypeScript', () => {
  /** Compiles the guide's files strictly, with `instead` for its agent, and runs them. */
  async function run(url: string, instead?: string) {
    const blocks = await codeOf('integrate-typescript', 'ts');
    const files = blocks.map((block) => (block.file === 'agent.ts' && instead ? { ...block, code: instead } : block));
    const folder = folderWith([...files, { file: 'package.json', code: '{"type":"module"}' }]);
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--erasableSyntaxOnly'];
    const target = ['--module', 'nodenext', '--target', 'es2022'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const compiled = await runIn(folder, process.execPath, [
      tsc,
      ...strict,
      ...target,
      ...types,
      'agent.ts',
      'dunetrace.ts',
    ]);
    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    return runIn(folder, process.execPath, ['agent.js'], settings(url));
  }

  test('the agent of integrate-typescript reports its run', async () => {
    const { url, events, faults } = await startIngestServer();
    const ended = await run(url);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('What is a mirage?');
    expect(faults).toEqual([]);
    expect(story(events)).toEqual(searchThenAnswer);
    for (const { timestamp } of events) expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(3600);
    expect(JSON.stringify(events)).not.toContain('mirage');
  });

  test('a failure is reported, and goes its way; more events than a batch are all sent', async () => {
    const { url, events, faults } = await startIngestServer();
    const { code, stdout } = await run(
      url,
      `import { Dunetrace, shortHash } from './dunetrace.js';
const dunetrace = new Dunetrace('a', 'v');
const circular: Record<string, unknown> = {};
circular.self = circular;
if (shortHash({ a: 1, b: 2 }) !== shortHash({ b: 2, a: 1 })) throw new Error('order matters');
try {
  await dunetrace.run(circular, [], async (run) => {
    for (let n = 0; n < 300; n += 1) await run.retrieval('handbook', n, async (report) => report({ result_count: 1 }));
    await run.tool('add', 1n, async () => { throw new Error('secret'); });
  });
} catch (error) {
  process.stdout.write(String(error));
}
await dunetrace.flush();
process.exit(0);
`,
    );
    expect({ code, stdout, faults }).toEqual({ code: 0, stdout: 'Error: secret', faults: [] });
    expect(events).toHaveLength(604);
    expect(story(events).slice(-2)).toEqual([
      [301, 'tool.responded', { tool_name: 'add', success: false, error_hash: hash }],
      [302, 'run.errored', { exit_reason: 'error', total_steps: 302 }],
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  test('an endpoint that refuses, or is not there, changes nothing for the agent', async () => {
    const { url } = await startIngestServer('refuses');
    expect(await run(url)).toMatchObject({ code: 0, stderr: '' });
    expect(await run('http://127.0.0.1:9/v1/ingest')).toMatchObject({ code: 0, stderr: '' });
  });
});
