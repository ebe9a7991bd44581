import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type AnswerForm, answerForm, textClients } from '../../src/mcp/answer-forms.ts';
import { clientKinds, connectAs, type EitherClient, newestRevision } from '../support/client-eras.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { startHttpServer } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { ask, mcpHeaders } from '../support/raw-http.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

/** Each client gets the form that suits it: text alone, structured content, or both. */

/** Names as real clients send them, from public code and logs. */
const ofModels = [
  'amp-mcp-client',
  'Anthropic/ClaudeAI',
  'antigravity-client (via mcp-remote 0.1.37)',
  'Google Antigravity',
  'Cherry Studio',
  'ChatGPT',
  'claude-ai',
  'claude-ai (via mcp-remote 0.1.37)',
  'claude-code',
  'Claude Code',
  'CLAUDE_CODE',
  'claude-code/2.1.226 (claude-vscode, agent-sdk/0.3.226)',
  'Cline',
  '@cline/core',
  'Code - OSS',
  'Codex',
  'codex-mcp-client',
  'com.raycast.macos',
  'continue-client',
  'continue-cli-client',
  'copilot-cli',
  'crush',
  'cursor-vscode',
  'Devin-MCP-Client',
  'factory-cli',
  'gemini-cli-mcp-client',
  'gemini-cli-mcp-client-dunetrace',
  'Gemini CLI MCP Client',
  'github-copilot-developer',
  'goose-desktop',
  'grok-shell-dunetrace',
  'hermes-agent',
  'JetBrains-IU-copilot-intellij',
  'Kilo-Code',
  'kimi-code (neon)',
  'Kiro CLI',
  'langchain-mcp-adapter',
  '@librechat/api-client',
  'lm-studio',
  'Mistral',
  'local-agent-mode-dunetrace',
  'openai-mcp (ChatGPT)',
  'opencode',
  'Perplexity-MCP',
  'Q-DEV-CLI',
  'qwen-cli-mcp-client-dunetrace',
  'qwen-code',
  'Roo-Code',
  'Visual Studio Code',
  'Visual Studio Code - Insiders',
  'Visual-Studio-Code',
  'windsurf-client',
  'Xcode-copilot-xcode',
  'Zed',
];

/** Programs that read structured content, names that only resemble others, and none at all. */
const ofPrograms = [
  'inspector-client',
  'mcp-inspector',
  '@modelcontextprotocol/inspector-cli',
  'mcporter',
  'ai-sdk-mcp-client',
  'mcp',
  'tests',
  'dunetrace-mcp-demo',
  'declaude',
  'my-cursor',
  'zedd',
  'codexify',
  'mongoose',
  '',
  ' - ',
  '\u0000\ud800',
  'x'.repeat(100_000),
  undefined,
];

describe('by itself', () => {
  test.each(ofModels)('%s gets text alone', (name) => expect(answerForm('auto', { name })).toBe('text'));
  test.each(ofPrograms)('%s gets both', (name) => expect(answerForm('auto', { name })).toBe('both'));
  test('the table has no name that no client sends', () => {
    const letters = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
    const sent = ofModels.map(letters);
    expect(textClients.filter((known) => !sent.some((name) => name.startsWith(letters(known))))).toEqual([]);
  });
});

test.each(['text', 'structured', 'both'] as const)('the setting %s goes before any name', (setting) => {
  for (const name of [...ofModels, ...ofPrograms]) expect(answerForm(setting, { name })).toBe(setting);
});

const listShape = z.array(z.looseObject({ name: z.string(), outputSchema: z.unknown().optional() })).min(20);
const answerShape = z.object({
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
});

/** Which form a client sees: in the list of tools, in an answer, and in an error, which is text in every form. */
async function formSeenBy(client: EitherClient): Promise<AnswerForm> {
  const tools = listShape.parse((await client.listTools()).tools);
  const described = tools.filter(({ outputSchema }) => outputSchema !== undefined);
  const { content, structuredContent } = answerShape.parse(
    await client.callTool({ name: 'list_agents', arguments: {} }),
  );
  const [{ text }] = content;
  expect(described).toHaveLength(structuredContent === undefined ? 0 : tools.length);
  const refusal = answerShape.parse(await client.callTool({ name: 'list_agent', arguments: {} }));
  expect(refusal).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('Did you mean list_agents?') }],
  });
  expect(refusal.structuredContent).toBe(undefined);
  if (structuredContent === undefined) {
    expect(text).toMatch(/research-agent.*\nSource: /s);
    return 'text';
  }
  expect(structuredContent).toMatchObject({ total: 2, freshness: { source: 'mirror' } });
  if (text.includes('research-agent')) return 'both';
  expect(text).toBe('The answer is in structuredContent, as DUNETRACE_ANSWERS=structured wants it.');
  return 'structured';
}

async function synced(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', ...extra });
  await run(['sync', '--quiet'], place);
  return place;
}

describe.each(clientKinds)('%s', (kind) => {
  test('gets over HTTP what suits its name, whoever else asks the same server', async () => {
    const { url } = await startHttpServer(await synced());
    const program = await connectAs(kind, { url }, 'mcporter');
    for (const name of textClients) expect(await formSeenBy(await connectAs(kind, { url }, name)), name).toBe('text');
    expect(await formSeenBy(program)).toBe('both');
    for (const name of ['inspector-client', '@modelcontextprotocol/inspector-cli', 'mcp', ''])
      expect(await formSeenBy(await connectAs(kind, { url }, name)), name).toBe('both');
  });

  test.each([
    ['codex-mcp-client', 'auto', 'text'],
    ['inspector-client', 'auto', 'both'],
    ['codex-mcp-client', 'both', 'both'],
    ['codex-mcp-client', 'structured', 'structured'],
    ['inspector-client', 'TEXT', 'text'],
  ])('gets over stdio, under the name %s and with the setting %s, %s', async (name, setting, form) => {
    const place = await synced({ DUNETRACE_ANSWERS: setting });
    expect(await formSeenBy(await connectAs(kind, place, name))).toBe(form);
  });

  test('hears from every tool that the setting is wrong', async () => {
    const place = createPlace('http://127.0.0.1:9', { DUNETRACE_ANSWERS: 'json' });
    const client = await connectAs(kind, place, 'codex-mcp-client');
    const { content, isError } = answerShape.parse(await client.callTool({ name: 'list_agents', arguments: {} }));
    expect(isError).toBe(true);
    expect(content[0].text).toBe(
      'DUNETRACE_ANSWERS is "json"; it takes auto (the default: by the client\'s name), text, structured or both.',
    );
  });
});

test('the older transport over HTTP knows its client, too', async () => {
  const { url } = await startHttpServer(await synced());
  const formOf = async (name: string) => {
    const client = new Client({ name, version: '0' });
    onTestFinished(() => client.close());
    await client.connect(new SSEClientTransport(new URL(`${url}/sse`)));
    return formSeenBy(client);
  };
  expect([await formOf('cursor-vscode'), await formOf('tests')]).toEqual(['text', 'both']);
});

test('without sessions each request has the form of the client that it names', async () => {
  const { url } = await startHttpServer(await synced());
  const formOf = async (clientInfo: unknown) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': newestRevision,
      'io.modelcontextprotocol/clientCapabilities': {},
      ...(clientInfo === undefined ? {} : { 'io.modelcontextprotocol/clientInfo': clientInfo }),
    };
    const headers = {
      ...mcpHeaders,
      'mcp-protocol-version': newestRevision,
      'mcp-method': 'tools/call',
      'mcp-name': 'list_agents',
    };
    const params = { name: 'list_agents', arguments: {}, _meta };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    const answer = await ask(`${url}/mcp`, { method: 'POST', headers, body });
    expect(answer.status, answer.body).toBe(200);
    return 'structuredContent' in JSON.parse(answer.body).result ? 'both' : 'text';
  };
  expect(await formOf({ name: 'claude-code', version: '2.1.332' })).toBe('text');
  expect(await formOf({ name: 'mcporter', version: '0' })).toBe('both');
  expect(await formOf(undefined)).toBe('both');
});
