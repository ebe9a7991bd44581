import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type ContentMode, readConfig } from '../../src/config.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { foundIn } from '../support/content-world.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { freePort } from '../support/loopback.ts';
import { connect } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

/**
 * Every text of a recorded newest server, looked for in every byte of the mirror's folder and in the answers of all tools. The
 * recording is no part of this repository: where it does not lie beside it, these tests are skipped.
 */
const recording = fileURLToPath(new URL('../../../shared/customer-api', import.meta.url));

/** What is no text that somebody wrote, by the recording's own fields: not the list of the program. */
const names = new Set([
  ...['tool', 'tool_name', 'tools', 'available_tools', 'model', 'index_name', 'policy_name', 'signal_name'],
  ...['detector_name', 'step_label', 'source_file', 'sdk_version', 'type', 'event_type', 'action', 'action_type'],
  ...['finish_reason', 'exit_reason', 'destination_host', 'conversation_id'],
]);

const fields = z.record(z.string(), z.unknown());
const signalShape = z.object({
  id: z.int(),
  agent_id: z.string(),
  run_id: z.string(),
  failure_type: z.string(),
  evidence: fields,
  title: z.string(),
  what: z.string(),
  why_it_matters: z.string(),
  evidence_summary: z.string(),
  suggested_fixes: z.array(z.unknown()),
});
const detailShape = z.object({ run_id: z.string(), events: z.array(z.object({ payload: fields })) });

const rowsOf = (name: string): unknown[] =>
  readFileSync(`${recording}/recorded-3/${name}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function textsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return names.has(key) ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => textsIn(one, name));
}

/** Texts of 6 characters and more that are none of the server's own words. */
function recordedTexts() {
  const signals = rowsOf('signals.ndjson').map((row) => signalShape.parse(row));
  const details = rowsOf('run-details.ndjson').map((row) => detailShape.parse(row));
  const own = signals
    .filter(({ evidence }) => textsIn(evidence).length === 0)
    .map(({ evidence: _, ...said }) => JSON.stringify(said))
    .join();
  const texts = [...signals.map(({ evidence }) => evidence), ...details.flatMap(({ events }) => events)].flatMap(
    (one) => textsIn(one, 'event_type'),
  );
  return { signals, details, texts: [...new Set(texts)].filter((text) => text.length >= 6 && !own.includes(text)) };
}

/** Serves the recording until the test ends, as if it had been made just now. */
async function serve(): Promise<string> {
  const port = await freePort();
  const args = [`${recording}/serve.mjs`, '--port', String(port), '--generation', '3', '--rebase'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => {
    child.kill();
  });
  await once(child.stderr, 'data');
  return `http://127.0.0.1:${port}`;
}

/** Syncs the whole recording, with the events of all runs. */
async function setUp(content: ContentMode) {
  const { signals, details, texts } = recordedTexts();
  const place = createPlace(await serve(), { DUNETRACE_RPM: '100000', DUNETRACE_CONTENT: content });
  const config = readConfig({ env: place.env, platform: 'linux', homeDir: place.folder });
  const logged: string[] = [];
  const say = (text: string) => void logged.push(text);
  const clock = createFakeClock(Date.now() / 1000, { autoAdvance: true });
  const syncer = openSyncer(config, { clock, random: () => 0.5, log: { info: say, warn: say } });
  onTestFinished(() => syncer.close());
  await syncer.fleet({ full: true });
  for (const { run_id } of details) await syncer.run(run_id);
  return { place, syncer, signals, details, texts, logged };
}

describe.skipIf(!existsSync(`${recording}/recorded-3`))('on the recorded newest API', () => {
  test('no text of it lies in any byte of the folder, nor in an answer', async () => {
    const { place, syncer, signals, details, texts, logged } = await setUp('hash');
    expect(texts.length).toBeGreaterThan(900);
    expect(foundIn(place.folder, texts)).toEqual([]);
    await syncer.close();
    expect(foundIn(place.folder, texts)).toEqual([]);

    const { call, client, stderr } = await connect(place);
    const answers: string[] = [];
    const ask = async (tool: string, args: Record<string, unknown> = {}) => {
      answers.push(JSON.stringify(await call(tool, args)));
    };
    for (const { id } of signals) await ask('get_signal_detail', { signal_id: id });
    const failed = new Map(signals.map((signal) => [signal.failure_type, signal]));
    const runs = [...failed.values()].map(({ run_id }) => run_id);
    for (const run_id of [...runs, ...details.slice(0, 40).map((detail) => detail.run_id)])
      await ask('get_run_detail', { run_id });
    await ask('compare_runs', { run_id_1: runs[0], run_id_2: runs[1] });
    for (const { agent_id, failure_type } of failed.values())
      await ask('get_failure_pattern_detail', { agent_id, failure_type });
    const tools = (await client.listTools()).tools.map(({ name }) => name);
    for (const tool of tools.filter((name) => /^get_agent|^summarize/.test(name)))
      for (const agent_id of new Set(signals.map((signal) => signal.agent_id))) await ask(tool, { agent_id });
    for (const tool of ['list_agents', 'get_whats_new', 'get_mirror_status']) await ask(tool);
    await ask('search_signals', { query: 'planted' });
    for (const view of ['v_signals', 'v_run_events', 'v_runs', 'v_agents'])
      await ask('query_mirror', { sql: `select * from ${view} order by random() limit 400` });
    expect(answers.filter((answer) => answer.includes('hmac:')).length).toBeGreaterThan(40);
    const said = [...answers, stderr(), ...logged].join('\n');
    expect(texts.filter((text) => said.includes(text) || said.includes(JSON.stringify(text).slice(1, -1)))).toEqual([]);
    expect(foundIn(place.folder, texts)).toEqual([]);
  });

  test('where they are kept all of them are found, so that the search finds what there is', async () => {
    const { place, texts } = await setUp('keep');
    const found = new Set(foundIn(place.folder, texts).map((one) => one.replace(/ in \S+$/, '')));
    // A text with a quotation mark stands escaped in JSON, and one on two pages of the file in two pieces.
    const plain = texts.filter((text) => !/["\\]/.test(text));
    expect(plain.filter((text) => !found.has(text)).length).toBeLessThan(plain.length / 20);
  });
});
