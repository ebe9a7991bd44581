import { expect, test } from 'vitest';
import { z } from 'zod';
import { connect } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

/** What the Python server's own suite asserts of guides and documents, and its aliases. */

const resource = z.object({ contents: z.array(z.object({ text: z.string() })).length(1) });

const handler = ['DunetraceCallbackHandler', 'LangChain', "pip install 'dunetrace[langchain]'"];
const decorators = ['@dt.tool', '@dt.trace', 'pip install dunetrace'];
const node = [
  'npm install dunetrace',
  'TypeScript',
  'autoInstrument',
  'wrapOpenAI',
  'toolCalled',
  'sendEvent',
  'run.started',
];
const tools = ['tool_called', 'TOOL_LOOP', '@dt.tool', 'toolCalled'];
const haystack = ['DunetraceHaystackTracer', 'enable_tracing', "pip install 'dunetrace[haystack]'"];
const voice = [
  'transcription_received',
  'tts_generated',
  'voice_activity_detected',
  'turn_taking',
  'pip install dunetrace',
];
const otel = [
  '/v1/otlp/traces',
  'DUNETRACE_OTEL_ENABLED',
  'DUNETRACE_OTEL_ENDPOINT',
  'DunetraceOTelReceiver',
  "pip install 'dunetrace[otel]'",
];

/** Its 34 aliases with the names that they stand for, and what each guide has. */
const said: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ['langchain', 'langgraph', 'lc', 'lc-graph', 'lc_graph', 'LANGCHAIN'].map((name) => [name, handler]),
  ),
  ...Object.fromEntries(
    ['python', 'custom-python', 'custom python', 'py', '  python  '].map((name) => [name, decorators]),
  ),
  ...Object.fromEntries(['typescript', 'ts', 'javascript', 'js', 'node', 'nodejs'].map((name) => [name, node])),
  ...Object.fromEntries(['tool', 'tools', 'tool-calls', 'tool_calls', 'tracking'].map((name) => [name, tools])),
  ...Object.fromEntries(['haystack', 'haystack-ai', 'haystack2', 'hs'].map((name) => [name, haystack])),
  ...Object.fromEntries(
    ['voice', 'voice-agent', 'voice_agent', 'voice-agents', 'stt', 'tts', 'speech'].map((name) => [name, voice]),
  ),
  ...Object.fromEntries(
    ['otel', 'otlp', 'opentelemetry', 'open-telemetry', 'no-code', 'zero-code'].map((name) => [name, otel]),
  ),
  langdock: ['/v1/otlp/traces', 'Langdock'],
  dify: ['/v1/otlp/traces', 'Dify', '@dt.agent'],
};

/** Its documents, with something that each must be about. */
const documents: Readonly<Record<string, readonly string[]>> = {
  'integrate-python': decorators,
  'integrate-langchain': handler,
  'integrate-typescript': node,
  policies: ['add_policy', 'require_approval', 'switch_model', 'inject_prompt', 'PolicyViolation'],
  detectors: ['TOOL_LOOP', 'RETRY_STORM', 'Evidence'],
  'mcp-server': ['list_agents', 'DUNETRACE_API_URL'],
  'integrate-haystack': haystack,
  'integrate-langdock': ['/v1/otlp/traces', 'ngrok'],
};

test('its guides are here by all its names, and its documents by its addresses', async () => {
  const { call, client } = await connect(createPlace('http://127.0.0.1:9'));
  for (const [framework, words] of Object.entries(said)) {
    const { isError, text } = await call('get_instrumentation_guide', { framework });
    expect.soft(isError, framework).toBe(false);
    for (const word of words) expect.soft(text, framework).toContain(word);
    expect.soft(text.length, framework).toBeGreaterThan(500);
  }
  const listed = (await client.listResources()).resources.map(({ uri }) => uri);
  for (const [name, words] of Object.entries(documents)) {
    const uri = `dunetrace://docs/${name}`;
    expect.soft(listed).toContain(uri);
    const text = resource.parse(await client.readResource({ uri })).contents[0]?.text ?? '';
    for (const word of words) expect.soft(text, uri).toContain(word);
    expect.soft(text.length, uri).toBeGreaterThan(500);
  }
});

test('what it has no guide for has none here, and the answer names those there are', async () => {
  const { call } = await connect(createPlace('http://127.0.0.1:9'));
  for (const framework of ['rails', 'crewai', 'autogen', '']) {
    const { isError, text } = await call('get_instrumentation_guide', { framework });
    expect(isError).toBe(true);
    expect(text).toContain(`There is no guide for "${framework}". There are guides for: python, langchain,`);
  }
});
