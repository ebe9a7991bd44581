import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Call, clientKinds, connectKind, ways } from '../support/client-eras.ts';
import { fillDemoStory } from '../support/demo-story.ts';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf, type ToolAnswer } from '../support/mcp-client.ts';
import { createPlace, type Place } from '../support/program.ts';

/** The four workflows of the page, as an agent does them: what it asks with, it has from the answer before. */

const hour = 3600;
const agentId = 'research-agent';

type Connect = (place: Place) => Promise<Call>;
const overStdio: Connect = async (place) => (await connect(place)).call;

async function story(connectTo = overStdio) {
  const now = Date.now() / 1000;
  const { backend, url } = await startFakeCustomerApi();
  // It ends some minutes ago, so that nothing passes the edge of "the last 24 hours" while a test runs.
  fillDemoStory(backend, now - 600);
  const call = await connectTo(createPlace(url));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const runIds = backend.agents().flatMap((agent) => backend.runs(agent.agent_id).map((run) => run.run_id));

  /** An answer that is no error, in which an id of a run is whole or a beginning that no other run has. */
  async function ask(name: string, args: Record<string, unknown>): Promise<ToolAnswer> {
    const answer = await call(name, args);
    expect(answer.isError, `${name}(${JSON.stringify(args)}): ${answer.text}`).toBe(false);
    const structured = JSON.stringify(answer.structured);
    expect(runIds.filter((id) => structured.split(id.slice(0, 8)).length !== structured.split(id).length)).toEqual([]);
    for (const [, prefix = ''] of answer.text.matchAll(/(?<!hmac:)\b([0-9a-f]{4}[0-9a-f-]*)…/g)) {
      expect(prefix.length, answer.text).toBeGreaterThanOrEqual(8);
      expect(
        runIds.filter((id) => id.startsWith(prefix)),
        answer.text,
      ).toHaveLength(1);
    }
    return answer;
  }

  return { backend, now, ask };
}

type Story = Awaited<ReturnType<typeof story>>;

/** Clients show their model the text, or the structured content: what it goes on with has to be in each of them. */
function inBoth<T>(inText: T, inStructured: T): T {
  expect(inText).toEqual(inStructured);
  return inText;
}

const signalShape = z.object({ id: z.number(), run_id: z.string() });
const signalsShape = z.union([
  z.object({ recent_signals: z.array(signalShape) }).transform((answer) => answer.recent_signals),
  z.object({ items: z.array(signalShape) }).transform((answer) => answer.items),
]);

/** The signals that an answer lists, with their runs, newest first. In the text they stand together that say the same. */
function signalsOf({ text, structured }: ToolAnswer) {
  const signals = signalsShape.parse(structured);
  const runOf = new Map(signals.map(({ id, run_id }) => [id, run_id]));
  const inText = [...text.matchAll(/\bid=(\d+) run=([0-9a-f-]+)…?/g)].map(([, id, run = '']) => {
    const whole = runOf.get(Number(id)) ?? '';
    return { id: Number(id), run_id: whole.startsWith(run) ? whole : run };
  });
  const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;
  inBoth(inText.sort(byId), signals.toSorted(byId));
  return signals;
}

const runSignalsShape = z.object({ signals: z.array(z.object({ id: z.number() })) });

/** The signals of a run, from its detail. */
function runSignalIds({ text, structured }: ToolAnswer): number[] {
  const inText = [...text.matchAll(/\bid=(\d+)\b/g)].map(([, id]) => Number(id));
  const ids = runSignalsShape.parse(structured).signals.map(({ id }) => id);
  inBoth(inText.toSorted(), ids.toSorted());
  return ids;
}

const patternsShape = z.object({
  systemic_patterns: z.array(z.object({ failure_type: z.string(), is_systemic: z.boolean(), rate: z.number() })),
});

/** The systemic failure types, with the share of runs in percent. */
function systemicOf({ text, structured }: ToolAnswer) {
  const inText = [...text.matchAll(/SYSTEMIC (\S+) \d+\/\d+ runs \((\d+)%/g)];
  const { systemic_patterns: patterns } = patternsShape.parse(structured);
  return inBoth(
    inText.map(([, type = '', rate]) => ({ type, percent: Number(rate) })),
    patterns
      .filter((pattern) => pattern.is_systemic)
      .map(({ failure_type: type, rate }) => ({ type, percent: Math.round(rate * 100) })),
  );
}

const callShape = z.object({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) });
const nextShape = z.object({ next: z.array(callShape).default([]) });
type NextCall = z.infer<typeof callShape>;

/** The calls that an answer names as the next ones. */
function nextOf({ text, structured }: ToolAnswer): NextCall[] {
  const line = /^Next: .*$/m.exec(text)?.[0] ?? '';
  const calls = [...line.matchAll(/(\w+)\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)/g)].map(([, tool = '', args = '']) => ({
    tool,
    arguments: Object.fromEntries(
      [...args.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)].map(([, name, value = '']) => [name, JSON.parse(value)]),
    ),
  }));
  return inBoth(calls, nextShape.parse(structured).next);
}

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('the answer names none');
  return item;
}

/** Triage an alert: the summary, then the latest signal with its evidence and fixes. */
async function triage({ ask, backend }: Story): Promise<void> {
  const signals = backend.signals(agentId);
  const loops = signals.filter((signal) => signal.failure_type === 'TOOL_LOOP');
  const share = new Set(loops.map((signal) => signal.run_id)).size / backend.runs(agentId).length;

  const summary = await ask('summarize_agent', { agent_id: agentId });
  expect(summary.text).toMatch(
    /^═══ Agent summary: research-agent ═══\nWhat changed \(.*\):\n[\s\S]*\nHealth score: \S+ \d+\/100 \(failure_rate \d+\/40, /,
  );
  expect(summary.text).toContain(`TOOL_LOOP ${loops.length} (${Math.round(share * 100)}% of runs)`);
  const latest = first(signalsOf(summary));
  expect(latest).toEqual({ id: signals[0]?.id, run_id: signals[0]?.run_id });

  const { text, structured } = await ask('get_signal_detail', { signal_id: latest.id, agent_id: agentId });
  expect(text).toContain(`Signal #${latest.id} `);
  expect(text).toContain(`\nRun: ${latest.run_id}\n`);
  expect(text).toMatch(/\nEvidence \(texts hashed\):\n.+\nSuggested fixes \(\d+\):\n.+```/s);
  const { evidence, suggested_fixes } = first(signals);
  expect(structured).toMatchObject({ run_id: latest.run_id, evidence, suggested_fixes });
}

/** Investigate a run: by the URL of the alert's link as by its id, then its signal. */
async function investigate({ ask }: Story): Promise<void> {
  const { run_id: runId } = first(signalsOf(await ask('get_agent_signals', { agent_id: agentId, limit: 1 })));
  const byUrl = await ask('get_run_detail', { run_id: `http://localhost:3000/runs/${runId}` });
  const byId = await ask('get_run_detail', { run_id: runId });
  expect({ ...byUrl.structured, freshness: {} }).toEqual({ ...byId.structured, freshness: {} });
  expect(byId.text).toMatch(new RegExp(`^Run: ${runId}\nAgent: ${agentId} v`));
  expect(byId.text).toMatch(/\nDuration: \d[\d.]*m?s?/);
  expect(byId.text).toMatch(/\nEvent timeline \(\d+ events, texts hashed.*\):\n\[0\] \+0\.0s (?:step=0 )?run\.started/);
  const id = first(runSignalIds(byId));
  const detail = await ask('get_signal_detail', { signal_id: id });
  expect(detail.structured).toMatchObject({ id, run_id: runId, agent_id: agentId });
}

/** Audit all agents: the CRITICAL signals of the last day, then details on each. */
async function audit({ ask, backend, now }: Story): Promise<void> {
  const expected = backend
    .agents()
    .flatMap((agent) => backend.signals(agent.agent_id, { severity: 'CRITICAL' }))
    .filter((signal) => signal.detected_at >= now - 24 * hour)
    .sort((a, b) => b.detected_at - a.detected_at);
  const found = await ask('search_signals', { severity: 'CRITICAL', since_hours: 24 });
  expect(found.text).toContain(`Signals (${expected.length} shown, ${expected.length} matched):`);
  const signals = signalsOf(found);
  expect(signals).toEqual(expected.map(({ id, run_id }) => ({ id, run_id })));
  expect(signals.length).toBeGreaterThan(1);
  for (const { id, run_id: runId } of signals.slice(0, 3)) {
    const { text } = await ask('get_signal_detail', { signal_id: id });
    expect(text).toContain(' [CRITICAL] ');
    expect(text).toContain(`\nRun: ${runId}\n`);
  }
}

/** Before a deploy: what is systemic, and in which share of the runs. */
async function judge({ ask, backend, now }: Story): Promise<void> {
  const isRecent = (at: number | null) => at !== null && at >= now - 7 * 24 * hour;
  const loops = new Set(backend.signals(agentId, { failureType: 'TOOL_LOOP' }).map((signal) => signal.run_id));
  const runs = backend.runs(agentId).filter((run) => isRecent(run.completed_at));
  const share = runs.filter((run) => loops.has(run.run_id)).length / runs.length;
  const patterns = await ask('get_agent_patterns', { agent_id: agentId });
  expect(systemicOf(patterns)).toEqual([{ type: 'TOOL_LOOP', percent: Math.round(share * 100) }]);
  expect(patterns.text).toMatch(
    /daily signal counts \d\d-\d\d to \d\d-\d\d\):\n🚨 SYSTEMIC TOOL_LOOP .*; signals \d+(?: \d+){6};/,
  );
}

const workflows = { triage, investigate, audit, judge };
const combinations = ways.flatMap((way) => clientKinds.map((kind) => [kind, way] as const));
/** Each transport, with and without sessions. */
const few = [
  ['the client 1.x', 'stdio'],
  ['the client 2.x pinned', 'http'],
] as const;

test.each(isLong ? combinations : few)('%s over %s does the four workflows', async (kind, way) => {
  const told = await story((place) => connectKind(kind, way, place));
  for (const work of Object.values(workflows)) await work(told);
});

test('what an answer names as the next call succeeds as it stands', async () => {
  const { ask } = await story();
  const [again] = nextOf(await ask('get_whats_new', {}));
  expect(again).toMatchObject({ tool: 'get_whats_new', arguments: { since: expect.any(String) } });
  expect(nextOf(await ask('get_whats_new', again?.arguments ?? {}))).toMatchObject([{ tool: 'get_whats_new' }]);
});

test('where an answer names no next call, its rows have the ids to go on with', async () => {
  const { ask } = await story();
  const whereTo: readonly (readonly [tool: string, args: Record<string, unknown>, id: RegExp, next: string])[] = [
    ['list_agents', {}, /^(\S.*?) {2}\d+ {2}\d+/m, 'summarize_agent agent_id'],
    ['search_signals', {}, /\bid=(\d+)/, 'get_signal_detail signal_id'],
    ['search_signals', {}, /\brun=(\S+…)/, 'get_run_detail run_id'],
    ['get_agent_runs', { agent_id: agentId }, /^([0-9a-f-]+…)/m, 'get_run_detail run_id'],
    ['get_agent_runs', { agent_id: agentId }, /^([0-9a-f-]+…)/m, 'find_similar_runs run_id'],
    ['compare_versions', { agent_id: agentId }, /newest failed run.* {2}(\S+…)/, 'get_run_detail run_id'],
    ['search_issues', {}, /^- .*? {2}(\S+) {2}[A-Z_]+ {2}/m, 'list_agent_issues agent_id'],
  ];
  for (const [tool, args, id, next] of whereTo) {
    const answer = await ask(tool, args);
    expect(nextOf(answer), tool).toEqual([]);
    const [to = '', argument = ''] = next.split(' ');
    await ask(to, { [argument]: first(id.exec(answer.text)?.slice(1) ?? []) });
  }
});
