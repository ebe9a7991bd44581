import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { connect } from '../support/mcp-client.ts';
import { createPlace, start } from '../support/program.ts';

test('prompts are listed, written, and refuse what they do not take', async () => {
  const { client } = await connect(createPlace('http://127.0.0.1:9'));
  expect(client.getServerCapabilities()).toEqual({
    tools: {},
    resources: { subscribe: true },
    prompts: {},
    completions: {},
    logging: {},
  });
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name, arguments: args = [] }) => [name, args.map((arg) => [arg.name, arg.required])])).toEqual([
    [
      'triage-alert',
      [
        ['agent_id', true],
        ['failure_type', false],
      ],
    ],
    ['investigate-run', [['run', true]]],
    ['audit-fleet', [['since_hours', false]]],
    ['pre-deploy-check', [['agent_id', true]]],
  ]);
  for (const { description, arguments: args = [] } of prompts) {
    expect(description).toBeTruthy();
    for (const arg of args) expect(arg.description).toBeTruthy();
  }
  const { messages } = await client.getPrompt({ name: 'audit-fleet' });
  expect(messages).toEqual([
    { role: 'user', content: { type: 'text', text: expect.stringContaining('last 24 hours') } },
  ]);
  const wrong = [
    ['triage-alert', {}, 'agent_id: text is needed. It takes agent_id (required), failure_type (optional).'],
    ['triage-alert', { agent_id: 'a', agent: 'b' }, 'unknown argument "agent"'],
    ['audit-fleet', { since_hours: '-1' }, 'since_hours: a whole number of hours from 1 to 8760 is needed'],
    ['no-such-prompt', {}, 'There are: triage-alert, investigate-run, audit-fleet, pre-deploy-check.'],
  ] as const;
  for (const [name, args, said] of wrong) {
    await expect(client.getPrompt({ name, arguments: args })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining(said),
    });
  }
});

test('an argument that is no text, or a method that is not there, is an error of the protocol', async () => {
  const child = start([], createPlace('http://127.0.0.1:9'));
  const stdout = text(child.stdout);
  const ask = (id: number, method: string, params: object) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  const clientInfo = { name: 't', version: '0' };
  ask(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  ask(2, 'prompts/get', { name: 'audit-fleet', arguments: { since_hours: 24 } });
  ask(3, 'resources/subscribers', {});
  await once(child.stdout, 'data');
  child.stdin.end();
  await once(child, 'exit');
  const answers = (await stdout)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers.find(({ id }) => id === 2)?.error).toMatchObject({ code: -32602 });
  expect(answers.find(({ id }) => id === 3)?.error?.code).toBe(-32601);
});
