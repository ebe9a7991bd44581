import { expect, test } from 'vitest';
import { connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

const names: Record<string, string[]> = {
  python: ['python', 'Python', ' PY ', 'python3', 'python-3'],
  langchain: ['langchain', 'LangChain', 'lc', 'lang-chain'],
  langgraph: ['langgraph', 'LangGraph', 'lang-graph', 'lc-graph', 'lc_graph', 'lang graph'],
  typescript: ['typescript', 'TypeScript', 'ts', 'js', 'javascript', 'node', 'nodejs', 'Node.js'],
  tools: ['tools', 'tool', 'tracking', 'tool_calls', 'tool-calls', 'Tool Calls', 'tool-tracking'],
  'custom-python': ['custom-python', 'custom python', 'Custom_Python'],
  haystack: ['haystack', 'haystack-ai', 'haystack2', 'hs'],
  voice: ['voice', 'voice-agent', 'voice_agent', 'voice-agents', 'stt', 'tts', 'speech', 'Vapi'],
  otel: ['otel', 'otlp', 'opentelemetry', 'open-telemetry', 'no-code', 'zero-code'],
  langdock: ['langdock'],
  dify: ['dify'],
};

const longestAnswer = 9500;

/** There is no API, and no file can be made where the mirror should be. */
const unusable = () => createPlace('http://127.0.0.1:9', { DUNETRACE_DB: '/dev/null/mirror.db' });

test('every name of a framework gets its guide, with an unusable mirror and without the API', async () => {
  const { call } = await connect(unusable());
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
        'Source: a guide shipped with dunetrace-mcp; it does not depend on the mirror.',
      );
    }
});

const unknown = ['', 'rust', 'python;', '__proto__', 'constructor', 'x'.repeat(100_000), '\u0000\u001b[31m'];

test('an unknown framework gets the list of those with a guide', async () => {
  const { call } = await connect(unusable());
  for (const framework of unknown) {
    const { isError, text } = await call('get_instrumentation_guide', { framework });
    expect(isError).toBe(true);
    expect(text).toContain(
      'There are guides for: python, langchain, langgraph, typescript, tools, custom-python, haystack, voice, otel, langdock, dify.',
    );
    expect(text.length).toBeLessThan(400);
    expect(text).not.toContain('\u001b');
  }
  expect((await call('get_instrumentation_guide')).text).toContain('It takes framework.');
});
