import { expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { getInstrumentationGuideTool } from '../../src/tools/get-instrumentation-guide.ts';
import { connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

const names: Record<string, string[]> = {
  python: ['python', 'Python', ' PY ', 'python3', 'python-3'],
  langchain: ['langchain', 'LangChain', 'lc', 'lang-chain'],
  langgraph: ['langgraph', 'LangGraph', 'lang-graph', 'lc-graph', 'lc_graph', 'lang graph'],
  typescript: ['typescript', 'TypeScript', 'ts', 'js', 'javascript', 'node', 'nodejs', 'Node.js'],
  tools: ['tools', 'tool', 'tracking', 'tool_calls', 'tool-calls', 'Tool Calls', 'tool-tracking'],
};

const longestAnswer = 9500;

test('every name of a framework gets its guide, with an unusable mirror and without the API', async () => {
  const { call } = await connect(createPlace('http://127.0.0.1:9', { DUNETRACE_DB: '/dev/null/mirror.db' }));
  for (const [framework, aliases] of Object.entries(names))
    for (const alias of aliases) {
      const answer = await call('get_instrumentation_guide', { framework: alias });
      expect(answer.isError, alias).toBe(false);
      expect(answer.structured, alias).toMatchObject({ framework });
      expect(answer.text.startsWith(String(answer.structured.markdown).trimEnd()), alias).toBe(true);
      expect(answer.text).toContain(String(answer.structured.uri));
      expect(answer.text.length, alias).toBeLessThan(longestAnswer);
      expect(freshnessOf(answer)).toMatchObject({ stale: false, covered: true, synced_at: null });
      expect(answer.text.split('\n').at(-1)).toBe(
        'Source: a guide that is shipped with dunetrace-mcp; it does not depend on the mirror.',
      );
    }
});

test.each(['', 'rust', 'python;', '__proto__', 'constructor', 'x'.repeat(100_000), '\u0000\u001b[31m'])(
  'an unknown framework gets the list of those with a guide (%#)',
  async (framework) => {
    const refused = getInstrumentationGuideTool.call({ framework }, unusable);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow('There are guides for: python, langchain, langgraph, typescript, tools.');
    const said = await refused.then(() => '', String);
    expect(said.length).toBeLessThan(400);
    expect(said).not.toContain('\u001b');
  },
);

test('the framework is required', async () => {
  await expect(getInstrumentationGuideTool.call({}, unusable)).rejects.toThrow('It takes framework.');
});

const away = () => Promise.reject(new Error('there is no mirror'));
const unusable = {
  ensure: { reader: away, fleet: away, agent: away, run: away },
  clock: { now: () => 0 },
};
