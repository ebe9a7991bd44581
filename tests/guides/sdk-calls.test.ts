import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type GuideName, guides } from '../../src/guides/library.ts';
import { isLong } from '../support/effort.ts';
import { codeOf, folderWith, hasPython, runIn } from '../support/guide-code.ts';

/**
 * The guides' code that uses the official packages, which are not installed here: against stand-ins with their documented
 * calls. So a guide calls nothing that is not there, and its agents run.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = fileURLToPath(new URL('python', import.meta.url));
const names = Object.values(guides).map(({ name }) => name);

/** The stand-ins for Python, as files beside a guide's. */
const pythonStandIns = readdirSync(python, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.py'))
  .map((file) => ({ file, code: readFileSync(join(python, file), 'utf8') }));

async function withCode(language: 'python' | 'ts'): Promise<[GuideName, number][]> {
  const counted = await Promise.all(names.map(async (name) => [name, (await codeOf(name, language)).length] as const));
  return counted.flatMap(([name, blocks]) => (blocks > 0 ? [[name, blocks]] : []));
}

const pythonGuides = await withCode('python');
const typescriptGuides = await withCode('ts');

/** How many calls of the package each guide has at least. */
const calls: Partial<Record<GuideName, number>> = {
  'integrate-python': 17,
  'integrate-langchain': 6,
  'integrate-haystack': 3,
  'integrate-dify': 9,
  'integrate-otel': 2,
  'integrate-voice': 13,
  'custom-python': 2,
  'track-tools': 9,
  policies: 10,
};

describe.skipIf(!hasPython)('in Python (skipped where python3 is missing)', () => {
  test.each(pythonGuides)('%s calls what there is', async (name) => {
    const blocks = (await codeOf(name, 'python')).map(({ code }, index) => ({ file: `block_${index}.py`, code }));
    const folder = folderWith([...pythonStandIns, ...blocks]);
    const { code, stdout, stderr } = await runIn(folder, 'python3', [
      'check_calls.py',
      ...blocks.map(({ file }) => file),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Number(stdout)).toBeGreaterThanOrEqual(calls[name] ?? 0);
  });

  test.each([
    ['dt.tols(1)', 'there is no dt.tols'],
    ['dt.run(run.tool_called())', "run.tool_called: missing a required argument: 'tool_name'"],
    ['dt.run(run.tool_called("a", argument=1))', "run.tool_called: got an unexpected keyword argument 'argument'"],
    ['from dunetrace import Dunetracer', "has no attribute 'Dunetracer'"],
    ['from dunetrace import Dunetrace\nDunetrace(key=1)', "Dunetrace: got an unexpected keyword argument 'key'"],
  ])('the check finds %j', async (code, said) => {
    const folder = folderWith([...pythonStandIns, { file: 'block.py', code }]);
    const ended = await runIn(folder, 'python3', ['check_calls.py', 'block.py']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(said);
  });

  const tool = ["tool.called web_search {'query': 'What is a mirage?'}", 'tool.responded web_search True'];
  const answered = ['facts about What is a mirage?', 'shut down'];
  test.each<[GuideName, string[]]>([
    ['integrate-python', ["run.started research-agent ['web_search']", ...tool, 'run.completed', ...answered]],
    ['track-tools', ["run.started research-agent ['web_search', 'fetch_page']", ...tool, 'run.completed', ...answered]],
    [
      'integrate-langchain',
      ["DunetraceCallbackHandler research-agent ['web_search']", 'An answer to What is a mirage?', 'shut down'],
    ],
    [
      'integrate-voice',
      [
        'run.started voice-support []',
        'turn.taking user_speaking',
        'transcription.received 0.92',
        'llm.called gpt-4o',
        'llm.responded stop',
        'turn.taking agent_speaking',
        'tts.generated False',
        'final answer',
        'run.completed',
        'You asked: Where is my order?',
        'shut down',
      ],
    ],
  ])('the agent of %s runs', async (name, said) => {
    const folder = folderWith([...pythonStandIns, ...(await codeOf(name, 'python'))]);
    const { code, stdout, stderr } = await runIn(folder, 'python3', ['agent.py']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toEqual(said);
  });
});

describe.runIf(isLong)('in TypeScript', () => {
  const standIn = (file: string) => readFileSync(new URL(`typescript/${file}`, import.meta.url), 'utf8');
  const packageOf = (name: string, files: Record<string, string>) => [
    { file: `node_modules/${name}/package.json`, code: '{"type":"module","main":"index.js","types":"index.d.ts"}' },
    ...Object.entries(files).map(([file, code]) => ({ file: `node_modules/${name}/${file}`, code })),
  ];
  const packages = [
    ...packageOf('dunetrace', { 'index.js': standIn('dunetrace.js'), 'index.d.ts': standIn('dunetrace.d.ts') }),
    ...packageOf('openai', { 'index.js': standIn('openai.js'), 'index.d.ts': standIn('openai.d.ts') }),
    ...packageOf('@opentelemetry/exporter-trace-otlp-http', { 'index.d.ts': standIn('exporter.d.ts') }),
  ];

  /** A folder with all code of the guide, compiled strictly. */
  async function compiled(name: GuideName): Promise<string> {
    const blocks = await codeOf(name, 'ts');
    const folder = folderWith([...packages, ...blocks, { file: 'package.json', code: '{"type":"module"}' }]);
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--erasableSyntaxOnly'];
    const target = ['--module', 'nodenext', '--target', 'es2022'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const args = [tsc, ...strict, ...target, ...types, ...blocks.map(({ file }) => file)];
    expect(await runIn(folder, process.execPath, args)).toEqual({ code: 0, stdout: '', stderr: '' });
    return folder;
  }

  test.each(typescriptGuides)('%s compiles', async (name) => void (await compiled(name)));

  test.each<[GuideName, string[]]>([
    [
      'integrate-typescript',
      [
        'run.started research-agent web_search',
        'tool.called web_search ["What is a mirage?"]',
        'tool.responded web_search true',
        'final answer',
        'run.completed',
        'About What is a mirage?',
        'shut down',
      ],
    ],
    [
      'track-tools',
      [
        'run.started research-agent web_search',
        'tool.called web_search ["mirage"]',
        'tool.responded web_search true',
        'tool.called fetch_page {"url":"https://example.com"}',
        'tool.responded fetch_page true',
        'final answer',
        'run.completed',
        'shut down',
      ],
    ],
  ])('the agent of %s runs', async (name, said) => {
    const { code, stdout, stderr } = await runIn(await compiled(name), process.execPath, ['agent.js']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toEqual(said);
  });
});
