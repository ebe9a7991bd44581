import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { idText } from '../../src/printable.ts';
import { prompts } from '../../src/prompts/registry.ts';
import { templates } from '../../src/resources/templates.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { tools } from '../../src/tools/registry.ts';
import { cases } from '../support/effort.ts';
import { hostileIds, hostileTexts } from '../support/hostile-texts.ts';
import { addSignal, code, runIds, sentIds, startHostileApi } from '../support/hostile-world.ts';
import { expectInertObject, expectInertText } from '../support/inert.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';

/** What is not ours is marked: no text of an agent acts, hides or passes for ours, wherever it leaves; ids stay as they are. */

async function setUp() {
  const api = await startHostileApi();
  const place = createPlace(api.url, {
    DUNETRACE_CONTENT: 'keep',
    DUNETRACE_POLL_SECONDS: '1',
    DUNETRACE_EVENTS_DAYS: '1',
  });
  expect((await run(['sync', '--quiet'], place)).code).toBe(0);
  const connection = await connect(place);
  await askUntil(
    () => connection.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  return { api, place, ...connection };
}

/** The short form tries a sixth of the combinations. */
const sixths = cases({ short: 1, long: 6 });
const isTried = (combination: number) => combination % 6 < sixths;

const numbers = hostileTexts.map((_, n) => n + 1);

/** Values for each argument, those that are asked for together at the same place. A tool with a new one fails here. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  agent_id: hostileIds,
  failure_type: hostileIds,
  agent_version: hostileIds,
  user_id: hostileIds,
  input_hash: hostileIds,
  a: hostileIds,
  b: hostileIds,
  query: hostileIds,
  run_id: runIds,
  run_id_1: runIds,
  run_id_2: [...runIds.slice(1), runIds[0]],
  signal_id: numbers,
  issue_id: numbers,
  conversation_id: numbers,
  policy_id: numbers.slice(0, 2),
  by: ['failure_type', 'version', 'input', 'tool', 'model', 'hour'],
  of: ['failures', 'runs', 'runs', 'failures', 'tokens', 'cost'],
  sql: ['signals', 'runs', 'run_events', 'agents', 'policies', 'custom_detectors', 'approvals', 'issues', 'fixes'].map(
    (view) => `SELECT * FROM v_${view}`,
  ),
  framework: ['python'],
  status: ['all', ...hostileTexts.slice(0, 3)],
  severity: ['CRITICAL'],
  sort: ['gravity', 'name'],
  since: ['90d'],
  since_hours: [1000],
  until_hours: [0.001],
  days: [90],
  limit: [2, 1000],
  cursor: [],
  events_from: [0],
  has_signals: [true],
};

const shape = z.object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()).default([]) });

/** Calls with what a tool demands, and with each of its other arguments besides. */
function callsOf({ name, inputSchema }: Tool): Record<string, unknown>[] {
  const { properties, required } = shape.parse(inputSchema);
  const valuesOf = (argument: string) => {
    const found = values[argument];
    if (found === undefined) throw new Error(`${name} takes ${argument}: say here which values to try`);
    return found;
  };
  const argumentSets = [
    required,
    ...Object.keys(properties)
      .filter((one) => !required.includes(one))
      .map((one) => [...required, one]),
  ];
  return argumentSets.flatMap((names, set) => {
    const most = Math.max(1, ...names.map((one) => valuesOf(one).length));
    const places = names.some((one) => valuesOf(one).length === 0) ? [] : Array.from({ length: most }, (_, n) => n);
    const tried = most <= 6 ? places : places.filter((n) => isTried(n + set));
    return tried.map((n) => Object.fromEntries(names.map((one) => [one, valuesOf(one)[n % valuesOf(one).length]])));
  });
}

/** Fields with failure types, versions or inputs under another name. */
const exactOf = (name: string, { by }: Record<string, unknown>) =>
  name === 'list_custom_detectors' ||
  (name === 'breakdown' && ['failure_type', 'version', 'input'].includes(String(by)))
    ? ['name']
    : name === 'summarize_agent'
      ? ['before', 'after']
      : [];

test('no answer of a tool lets a text act, hide, or pass for ours; ids come back as they were sent', {
  timeout: 240_000,
}, async () => {
  const { call, api } = await setUp();
  for (const tool of tools) {
    let answered = 0;
    for (const args of callsOf(tool)) {
      const { text, structured, isError } = await call(tool.name, args);
      const about = `${tool.name} ${JSON.stringify(args).slice(0, 300)}`;
      if (!isError) answered += 1;
      // A guide is ours, and Markdown.
      if (tool.name === 'get_instrumentation_guide') continue;
      expectInertText(text, about, { url: api.url, ends: !isError });
      if (!isError) expectInertObject(structured, about, { of: sentIds, exact: exactOf(tool.name, args) });
    }
    expect(answered, tool.name).toBeGreaterThan(0);
  }
});

test('code is shown whole, in a fence that it does not close', async () => {
  const { call } = await setUp();
  const { text, structured } = await call('get_signal_detail', { signal_id: 1 });
  expect(structured).toMatchObject({ suggested_fixes: [{ code }] });
  const marked = code.replace('Source:', '› Source:').replace('Next:', '› Next:');
  expect(text).toContain(`\`\`\`\`plain\n${marked.replaceAll(/^/gm, '  ')}\n  \`\`\`\`\n`);
});

test('ids, failure types and versions are taken as they were sent, and as the text shows them', async () => {
  const { call } = await setUp();
  for (const [n, id] of hostileIds.entries()) {
    const runId = runIds[n] ?? '';
    const about = JSON.stringify(id);
    for (const form of [(one: string) => one, idText]) {
      const runs = await call('get_agent_runs', { agent_id: form(id) });
      expect(runs.structured, about).toMatchObject({ agent_id: id });
      expect(runs.text, about).toContain(`Recent runs for: ${idText(id)}`);
      expect((await call('get_run_detail', { run_id: form(runId) })).structured, about).toMatchObject({
        ...{ run_id: runId, agent_id: id, agent_version: id },
      });
      const type = await call('get_failure_pattern_detail', { agent_id: form(id), failure_type: form(id) });
      expect(type.structured, about).toMatchObject({ agent_id: id, failure_type: id });
      for (const filter of [{ failure_type: form(id) }, { agent_version: form(id) }, { agent_id: form(id) }])
        expect((await call('search_signals', filter)).structured.items, about).toContainEqual(
          expect.objectContaining({ agent_id: id, failure_type: id, agent_version: id, run_id: runId }),
        );
      for (const name of ['list_policies', 'list_custom_detectors', 'list_approvals', 'list_conversations'])
        expect((await call(name, { agent_id: form(id) })).structured.items, `${name} ${about}`).toContainEqual(
          expect.objectContaining({ agent_id: id }),
        );
    }
  }
});

test('SQL gives ids as they were sent, under any name, and a text under the name of an id does not act', async () => {
  const { call, api } = await setUp();
  const sql = 'SELECT agent_id AS agent, run_id AS run, title AS user_id FROM v_signals ORDER BY id';
  const { text, structured } = await call('query_mirror', { sql });
  expectInertText(text, sql, { url: api.url, ends: true });
  const rows = z.array(z.array(z.string())).parse(structured.rows);
  expect(rows.map(([, runId]) => runId)).toEqual(runIds);
  expect(new Set(rows.map(([agentId]) => agentId))).toEqual(new Set(hostileIds));
});

test('what hides in an id is named beside it, in both forms of an answer', async () => {
  const { call } = await setUp();
  const id = 'zero\u200bwidth \u202ebidi\u2069';
  const { text, structured } = await call('get_agent_runs', { agent_id: id });
  const note = `agent_id ${idText(id)} holds U+200B, U+202E, U+2069`;
  expect(structured.notes).toEqual([expect.stringContaining(note)]);
  expect(text).toContain(`(${note}`);
  expect((await call('get_agent_runs', { agent_id: 'plain' })).structured.notes).toBeUndefined();
});

const contents = z.array(z.object({ uri: z.string(), mimeType: z.string(), text: z.string() }));

test('nor does a resource, a template, a completion or a prompt', async () => {
  const { client, api } = await setUp();
  const { resources } = await client.listResources();
  const uris = [
    ...resources.map(({ uri }) => uri),
    ...hostileIds.map((id) => `dunetrace://agents/${encodeURIComponent(id)}`),
    ...runIds.map((id) => `dunetrace://runs/${encodeURIComponent(id)}`),
    ...numbers.map((id) => `dunetrace://signals/${id}`),
  ];
  for (const { uri, name, description = '' } of resources)
    for (const text of [name, description]) expectInertText(text, uri, { url: api.url });
  for (const uri of new Set(uris)) {
    const [content] = contents.parse((await client.readResource({ uri })).contents);
    if (content?.mimeType !== 'application/json') continue;
    expect(content.text, uri).not.toMatch(/\p{Cc}|\p{DI}/u);
    expectInertObject(JSON.parse(content.text), uri, { of: sentIds });
  }
  await expectCompletions(client);
  for (const prompt of prompts)
    for (const id of hostileIds) {
      const given = Object.fromEntries(prompt.arguments.map(({ name }) => [name, name === 'since_hours' ? '24' : id]));
      const { messages } = await client.getPrompt({ name: prompt.name, arguments: given });
      for (const { content } of messages)
        expectInertText(content.type === 'text' ? content.text : '', `${prompt.name} ${JSON.stringify(id)}`);
    }
});

/** A completion is an id as it is, or is not offered. */
async function expectCompletions(client: Client): Promise<void> {
  const refs = [
    ...templates.map(({ uriTemplate, variable }) => ({
      ref: { type: 'ref/resource' as const, uri: uriTemplate },
      name: variable,
    })),
    ...prompts.flatMap((prompt) =>
      prompt.arguments.map(({ name }) => ({ ref: { type: 'ref/prompt' as const, name: prompt.name }, name })),
    ),
  ];
  for (const { ref, name } of refs) {
    const { completion } = await client.complete({ ref, argument: { name, value: '' } });
    for (const value of completion.values)
      expect(sentIds.has(value) || /^\d+$/.test(value), `${name}: ${JSON.stringify(value)}`).toBe(true);
  }
}

const noticeData = z.object({
  message: z.string(),
  signals: z.array(z.object({ agent_id: z.string(), failure_type: z.string() })).optional(),
});

test('nor does a notice', async () => {
  const { client, api, call } = await setUp();
  const heard: z.infer<typeof noticeData>[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    heard.push(noticeData.parse(params.data));
  });
  for (const n of hostileIds.keys()) addSignal(api, n);
  await askUntil(
    () => call('list_agents'),
    () => heard.flatMap(({ signals = [] }) => signals).length >= 20,
  );
  api.fail({ kind: 'status', status: 500, detail: hostileTexts.join('\n') }, { times: 1_000_000 });
  await askUntil(
    () => call('list_agents'),
    () => heard.some(({ signals }) => signals === undefined),
  );
  for (const { message, signals = [] } of heard) {
    expectInertText(message, message, { url: api.url });
    expectInertObject({ signals }, message, { of: sentIds });
  }
});

test('nor does an error, whoever caused it', async () => {
  const { call, client, api } = await setUp();
  const expectError = async (name: string, args: Record<string, unknown>) => {
    const { text } = await call(name, args);
    const about = `${name} ${JSON.stringify(args).slice(0, 200)}`;
    if (!text.includes('\n')) expectInertText(text, about, { url: api.url });
  };
  const texts = hostileTexts.map((one) => one.toWellFormed().slice(0, 1500));
  for (const [place, text] of texts.entries()) {
    await expectError(text, {});
    for (const { name, inputSchema } of tools.filter((_, n) => isTried(n + place))) {
      const { required, properties } = shape.parse(inputSchema);
      await expectError(name, Object.fromEntries(required.map((one) => [one, text])));
      for (const one of Object.keys(properties).filter((argument) => !required.includes(argument)))
        await expectError(name, { [one]: text });
    }
    for (const ask of [
      () => client.getPrompt({ name: text }),
      () => client.getPrompt({ name: 'investigate-run', arguments: { [text]: text } }),
      () => client.readResource({ uri: text }),
      () => client.readResource({ uri: `dunetrace://agents/x${encodeURIComponent(text)}` }),
      () => client.readResource({ uri: `dunetrace://docs/${encodeURIComponent(text)}` }),
      () => client.complete({ ref: { type: 'ref/resource', uri: text }, argument: { name: text, value: '' } }),
      () => client.complete({ ref: { type: 'ref/prompt', name: 'triage-alert' }, argument: { name: text, value: '' } }),
    ]) {
      const error = await ask().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error, text).toBeInstanceOf(Error);
      expectInertText(error instanceof Error ? error.message : '', text, { url: api.url });
    }
  }
});

test('nor does what the API says of an error, to clients and at the command line', async () => {
  const { api, place, call } = await setUp();
  const texts = hostileTexts.map((one) => one.toWellFormed().slice(0, 3000));
  for (const text of texts.filter((_, place) => isTried(place * 2))) {
    const heal = api.fail({ kind: 'status', status: 400, detail: text }, { times: 1_000_000 });
    for (const name of ['refresh_mirror', 'get_mirror_status', 'list_agents']) {
      const answer = await call(name);
      expectInertText(answer.text, `${name} ${text}`, { url: api.url, ends: !answer.isError });
    }
    heal();
  }
  for (const args of [
    ['status'],
    ['doctor'],
    ['sync'],
    ['sync', '--check'],
    ...['signals', 'runs', 'run_events', 'policies', 'approvals', 'issues'].map((view) => [
      'sql',
      `SELECT * FROM v_${view}`,
    ]),
  ]) {
    const { stdout, stderr } = await run(args, place);
    for (const said of [stdout, stderr]) expectInertText(said, args.join(' '), { url: api.url });
  }
});
