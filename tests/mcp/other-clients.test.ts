import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { tools } from '../../src/tools/registry.ts';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, callTool, freshnessOf, readAnswer, startHttpServer } from '../support/mcp-client.ts';
import { createPlace, mainScript, type Place, run } from '../support/program.ts';
import { clean, fillSmallFleet, looping } from '../support/small-fleet.ts';

/** Clients that share no code with the SDK that the server is made of, or are programs of their own. */

/** The tools that need no list which the API of this fleet lacks. */
const ofEachApi = tools.filter(({ needs }) => needs === undefined);

async function fleet() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  return { api, place: createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }) };
}

/** A transport of the SDK's second generation, to a server of its own. */
const transports = {
  stdio: async ({ env }: Place) =>
    new StdioClientTransport({ command: process.execPath, args: [mainScript], env, stderr: 'ignore' }),
  http: async (place: Place) => new StreamableHTTPClientTransport(new URL(`${(await startHttpServer(place)).url}/mcp`)),
};

const newest = '2026-07-28';

// `auto` asks first whether the server speaks the protocol without sessions.
test.each([
  ['stdio', 'legacy'],
  ['stdio', 'auto'],
  ['http', 'legacy'],
  ['http', 'auto'],
] as const)('the client 2.x over %s, negotiating as %s', async (way, mode) => {
  const { api, place } = await fleet();
  const client = new Client({ name: 'tests', version: '0' }, { versionNegotiation: { mode } });
  onTestFinished(() => client.close());
  await client.connect(await transports[way](place));
  expect(client.getServerVersion()).toMatchObject({ name: 'dunetrace-mcp' });
  expect(client.getInstructions()).toContain('list_agents');
  expect(client.getNegotiatedProtocolVersion()).toBe(mode === 'auto' ? newest : '2025-11-25');

  // From here on the client checks each answer against the tool's output schema.
  const listed = await client.listTools();
  // Until the first poll has found which lists this API lacks, the tools that need them are listed too.
  expect(listed.tools.map(({ name }) => name)).toEqual(expect.arrayContaining(ofEachApi.map(({ name }) => name)));
  const agents = await askUntil(
    () => callTool(client, 'list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  expect(agents.structured).toMatchObject({ total: 2 });
  const signals = await callTool(client, 'get_agent_signals', { agent_id: 'research-agent' });
  expect(signals.structured).toMatchObject({ total: 1, items: [{ id: 2, run_id: looping }] });
  expect(signals.text).toContain(`id=2 run=${looping.slice(0, 8)}…`);

  const agentId = { agent_id: 'billing agent №7' };
  const calls: Record<string, Record<string, unknown>> = {
    get_signal_detail: { signal_id: '#2' },
    get_agent_health: agentId,
    get_run_detail: { run_id: looping },
    search_signals: { query: 'loop' },
    get_agent_patterns: agentId,
    summarize_agent: agentId,
    get_agent_runs: agentId,
    compare_runs: { run_id_1: looping, run_id_2: clean },
    find_similar_runs: { run_id: looping },
    breakdown: { by: 'hour', of: 'failures' },
    get_whats_new: { since: '7d' },
    get_instrumentation_guide: { framework: 'ts' },
    get_mirror_status: {},
  };
  for (const [name, args] of Object.entries(calls)) {
    const answer = await callTool(client, name, args);
    expect(answer.isError, answer.text).toBe(false);
    expect(answer.structured).toHaveProperty('freshness');
  }

  api.backend.analyse(clean, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1 }]);
  const steps: number[] = [];
  const refresh = { name: 'refresh_mirror', arguments: { agent_id: 'research-agent' } };
  const onprogress = ({ progress }: { progress: number }) => void steps.push(progress);
  const refreshed = readAnswer(await client.callTool(refresh, { onprogress }));
  expect(refreshed.structured).toMatchObject({ new_signals: 1 });
  expect(steps.length).toBeGreaterThan(0);
  expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));

  const guide = 'dunetrace://docs/integrate-typescript';
  expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain(guide);
  expect((await client.readResource({ uri: guide })).contents).toMatchObject([
    { uri: guide, mimeType: 'text/markdown' },
  ]);
  expect((await client.listPrompts()).prompts.map(({ name }) => name)).toContain('investigate-run');
  const prompt = await client.getPrompt({ name: 'investigate-run', arguments: { run: looping } });
  expect(JSON.stringify(prompt.messages)).toContain(looping);
  if (mode === 'legacy') await client.setLoggingLevel('error');

  const unknown = await callTool(client, 'get_agent_signal', {});
  expect(unknown.isError).toBe(true);
  expect(unknown.text).toContain('Did you mean get_agent_signals?');
});

const inspectorFolder = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/inspector-cli/build/', import.meta.url),
);

/** Runs the inspector without its window. @returns what it printed, parsed. */
async function inspect(args: readonly string[], { env }: Pick<Place, 'env'>): Promise<Record<string, unknown>> {
  // It looks for its package.json relative to the working folder. Its own children are ended with it, as one group.
  const options = { cwd: inspectorFolder, env, detached: true };
  const child = spawn(process.execPath, ['cli.js', '--cli', ...args], options);
  onTestFinished(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

const detailOfSecond = [
  ...['--method', 'tools/call', '--tool-name', 'get_signal_detail'],
  ...['--tool-arg', 'signal_id=2', '--tool-arg', 'agent_id=research-agent'],
];

test('the inspector lists and calls the tools over stdio', async () => {
  const { place } = await fleet();
  await run(['sync', '--quiet'], place);
  const server = [process.execPath, mainScript];
  expect(await inspect([...server, '--method', 'tools/list'], place)).toEqual({
    tools: ofEachApi.map(({ name }) => expect.objectContaining({ name })),
  });
  // It reads each value as JSON if it is JSON, so that this one is a null, as models of other clients give it.
  const detail = readAnswer(await inspect([...server, ...detailOfSecond, '--tool-arg', 'agent_id=null'], place));
  expect(detail).toMatchObject({ isError: false, structured: { id: 2, run_id: looping } });
  expect(detail.text).toContain('🟠 Signal #2 [HIGH] TOOL_LOOP ');
});

test.runIf(isLong)('the inspector lists and calls the tools over HTTP, Streamable and the older kind', async () => {
  const { place } = await fleet();
  await run(['sync', '--quiet'], place);
  const { url } = await startHttpServer(place);
  const http = [`${url}/mcp`, '--transport', 'http'];
  expect(await inspect([...http, '--method', 'tools/list'], place)).toEqual({
    tools: ofEachApi.map(({ name }) => expect.objectContaining({ name })),
  });
  for (const way of [http, [`${url}/sse`, '--transport', 'sse']]) {
    const detail = readAnswer(await inspect([...way, ...detailOfSecond], place));
    expect(detail).toMatchObject({ isError: false, structured: { id: 2, run_id: looping } });
  }
  const wrong = ['--method', 'tools/call', '--tool-name', 'search_signals', '--tool-arg', 'severity=BAD'];
  const answer = readAnswer(await inspect([...http, ...wrong], place));
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('severity: takes CRITICAL, HIGH, MEDIUM, LOW.');
});
