import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, test } from 'vitest';
import { writeTools } from '../../src/tools/elsewhere.ts';
import { callTool, connectTo } from '../support/mcp-client.ts';
import { createPlace, mainScript, run } from '../support/program.ts';
import { clean, connectToReference, looping } from './fleet.ts';

/** What callers of the Python server pass, and how its command is started. */

type Args = Record<string, unknown>;

/** What the Python server takes, and the same question as this server would have it. */
const taken: readonly (readonly [tool: string, given: Args, meant: Args])[] = [
  ['get_signal_detail', { signal_id: 1, agent_id: '' }, { signal_id: 1 }],
  ['get_signal_detail', { signal_id: '1' }, { signal_id: 1 }],
  ['get_run_detail', { run_id: looping, agent_id: '' }, { run_id: looping }],
  ['search_signals', { severity: '', failure_type: '', agent_id: '' }, {}],
  ['search_signals', { severity: '', since_hours: '24', limit: '10' }, { since_hours: 24, limit: 10 }],
  ['search_signals', { limit: '', since_hours: null }, {}],
  ['compare_runs', { run_id_1: looping, run_id_2: clean, agent_id: '' }, { run_id_1: looping, run_id_2: clean }],
  ['compare_runs', { run_id_1: looping, run_id_2: clean, agent_id: 'x' }, { run_id_1: looping, run_id_2: clean }],
  ['get_agent_signals', { agent_id: 'my-agent', limit: '10', severity: '' }, { agent_id: 'my-agent', limit: 10 }],
  ['get_agent_runs', { agent_id: 'my-agent', limit: '5' }, { agent_id: 'my-agent', limit: 5 }],
  ['list_policies', { agent_id: '' }, {}],
  ['list_custom_detectors', { agent_id: '' }, {}],
];

test('arguments are taken as the Python server takes them', async () => {
  const { call } = await connectToReference();
  const facts = async (tool: string, args: Args) => {
    const { isError, structured } = await call(tool, args);
    const { freshness: _, ...rest } = structured;
    return { isError, ...rest };
  };
  for (const [tool, given, meant] of taken) {
    const answer = await facts(tool, given);
    expect.soft(answer, `${tool} ${JSON.stringify(given)}`).toEqual(await facts(tool, meant));
    expect.soft(answer.isError, `${tool} ${JSON.stringify(given)}`).toBe(false);
  }
  // An argument that a tool does not have is ignored there; here the answer says so.
  const { isError, text } = await call('list_agents', { random_string: 'x', dummy: '' });
  expect([isError, text.includes('(list_agents has no argument "random_string": ignored)')]).toEqual([false, true]);
  // What is not there is not there, and what is demanded must be given.
  for (const [tool, args, said] of [
    ['get_agent_runs', { agent_id: '' }, 'agent_id: is empty'],
    ['get_agent_signals', { agent_id: 'my-agent', severty: 'HIGH' }, 'did you mean severity?'],
    ['list_all_signals', {}, 'Use search_signals'],
    ...writeTools.map((name) => [name, {}, 'this server only reads'] as const),
  ] as const) {
    const answer = await call(tool, args);
    expect.soft([answer.isError, answer.text.includes(said)], tool).toEqual([true, true]);
  }
});

test('a number is an id, where an id is a text', async () => {
  const { call } = await connectToReference();
  expect((await call('summarize_agent', { agent_id: 42 })).text).toContain('There is no agent "42".');
  expect((await call('get_run_detail', { run_id: 12345678 })).text).toContain('There is no run "12345678"');
});

test('dunetrace-mcp --port 9000 speaks MCP over stdio', async () => {
  const { env } = createPlace('http://127.0.0.1:9');
  const args = [mainScript, '--port', '9000'];
  const transport = new StdioClientTransport({ command: process.execPath, args, env, stderr: 'pipe' });
  let stderr = '';
  transport.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const client = await connectTo(transport);
  expect((await callTool(client, 'get_instrumentation_guide', { framework: 'python' })).isError).toBe(false);
  expect(stderr).toContain('--port is for a server over HTTP (--http); this one speaks MCP over stdio.');
});

test('--help and --version end well', async () => {
  const place = createPlace('http://127.0.0.1:9');
  for (const option of ['--help', '--version']) {
    const { code, stdout } = await run([option], place);
    expect([code, stdout.length > 0]).toEqual([0, true]);
  }
  expect((await run(['--help'], place)).stdout).toContain('serve');
});
