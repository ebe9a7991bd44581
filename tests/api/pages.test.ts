import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Client } from '../../src/api/client.ts';
import { maxPageSize, type PageRequest } from '../../src/api/pages.ts';
import { isBad } from '../../src/api/rows.ts';
import { getAgentsPage } from '../../src/lists/agents.ts';
import { getListPage } from '../../src/lists/descriptor.ts';
import { getRunDetail } from '../../src/lists/run-detail.ts';
import { runsList } from '../../src/lists/runs.ts';
import { signalsList } from '../../src/lists/signals.ts';
import { apiError, clientFor, closeAll, serve, serveAnswers, steppingClock } from './harness.ts';

const getRunsPage = (client: Client, agentId: string, request: PageRequest) =>
  getListPage(client, runsList, agentId, request);
const getSignalsPage = (client: Client, agentId: string, request: PageRequest) =>
  getListPage(client, signalsList, agentId, request);

afterEach(closeAll);

const first = { offset: 0, limit: 500 };
const page = { total: 1, offset: 0, limit: 500, has_more: false };

async function clientOf(answer: unknown) {
  const { url } = await serveAnswers({ body: JSON.stringify(answer) });
  return clientFor(url, steppingClock());
}

const agent = {
  agent_id: 'a',
  last_seen: 1_778_678_340.5,
  run_count: 3,
  signal_count: 2,
  critical_count: 1,
  high_count: 0,
  sparkline: [0, 0, 1, 0, 0, 1, 0],
  failure_types: { TOOL_LOOP: 2 },
};

const run = {
  run_id: 'r',
  agent_id: 'a',
  agent_version: 'v1',
  started_at: 1_778_678_330.25,
  completed_at: null,
  exit_reason: 'stalled',
  step_count: 4,
  signal_count: 1,
  has_signals: true,
};

const signal = {
  id: 7,
  failure_type: 'TOOL_LOOP',
  severity: 'HIGH',
  run_id: 'r',
  agent_id: 'a',
  agent_version: 'v1',
  step_index: 4,
  confidence: 0.949999988079071,
  detected_at: 1_778_678_345.125,
  evidence: { tool: 'web_search', count: 5 },
  alerted: false,
  title: 'A loop',
  what: 'w',
  why_it_matters: 'y',
  evidence_summary: 'e',
  suggested_fixes: [{ description: 'd', language: 'python', code: 'c' }],
};

const event = { event_type: 'run.started', step_index: 0, timestamp: 1_778_678_330.25, payload: { input_hash: 'h' } };

describe('a row', () => {
  test('is given as it was sent', async () => {
    const agents = await getAgentsPage(await clientOf({ agents: [agent], page }), first);
    expect(agents).toEqual({ rows: [{ row: agent, extra: null }], total: 1, hasMore: false });
    const runs = await getRunsPage(await clientOf({ runs: [run], page: { ...page, has_more: true } }), 'a', first);
    expect(runs).toEqual({ rows: [{ row: run, extra: null }], total: 1, hasMore: true });
    const signals = await getSignalsPage(await clientOf({ signals: [signal], page }), 'a', first);
    expect(signals.rows).toEqual([{ row: signal, extra: null }]);
  });

  test('keeps the fields that are not known here as JSON text', async () => {
    const news = { mood: 'grim', nested: { deep: [1, null] } };
    const client = await clientOf({ signals: [{ ...signal, ...news }], page, news: 'of the page are dropped' });
    const { rows } = await getSignalsPage(client, 'a', first);
    expect(rows).toEqual([{ row: signal, extra: JSON.stringify(news) }]);
  });

  test('keeps unknown fields whatever their name', async () => {
    const odd = { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: 4 };
    const { rows } = await getRunsPage(await clientOf({ runs: [{ ...run, ...odd }], page }), 'a', first);
    const [sent] = rows;
    expect(sent && !isBad(sent) && JSON.parse(sent.extra ?? 'null')).toEqual(odd);
  });

  test('may lack all but what it is known by', async () => {
    const bare = {
      agents: { agent_id: 'a' },
      runs: { run_id: 'r', agent_id: 'a' },
      signals: { id: 1, failure_type: 'NEW', severity: 'WEIRD', run_id: 'r', agent_id: 'a', detected_at: 5 },
    };
    const agents = await getAgentsPage(await clientOf({ agents: [bare.agents], page }), first);
    const runs = await getRunsPage(await clientOf({ runs: [bare.runs], page }), 'a', first);
    const signals = await getSignalsPage(await clientOf({ signals: [bare.signals], page }), 'a', first);
    expect([agents.rows, runs.rows, signals.rows]).toEqual([
      [{ row: bare.agents, extra: null }],
      [{ row: bare.runs, extra: null }],
      [{ row: bare.signals, extra: null }],
    ]);
  });

  test('may hold null in every optional field', async () => {
    const known = ['id', 'failure_type', 'severity', 'run_id', 'agent_id', 'detected_at'];
    const nulled = Object.fromEntries(
      Object.entries({ ...signal, shadow: null, co_signal_count: null }).map(([name, value]) => [
        name,
        known.includes(name) ? value : null,
      ]),
    );
    const { rows } = await getSignalsPage(await clientOf({ signals: [nulled], page }), 'a', first);
    expect(rows).toEqual([{ row: nulled, extra: null }]);
  });
});

describe('a bad row', () => {
  const secret = 'sensitive-value';
  const badRuns: [string, unknown][] = [
    ['without its id', { ...run, run_id: undefined, exit_reason: secret }],
    ['with an empty id', { ...run, run_id: '', exit_reason: secret }],
    ['with a number for an id', { ...run, run_id: 7, exit_reason: secret }],
    ['with a text for a number', { ...run, step_count: secret }],
    ['with a fraction for a count', { ...run, step_count: 1.5, exit_reason: secret }],
    ['with a text for a flag', { ...run, has_signals: secret }],
    ['with a text for a time', { ...run, started_at: secret }],
    ['that is null', null],
    ['that is a text', secret],
    ['that is a list', [secret]],
    ["of another agent's", { ...run, agent_id: secret }],
    ['with half a character in its id', { ...run, run_id: '\ud83d', exit_reason: secret }],
    ["with half a character in its agent's id", { ...run, agent_id: 'a\ude00', exit_reason: secret }],
  ];

  test.each(badRuns)('%s is told by its shape, and the others are read', async (_, bad) => {
    const client = await clientOf({ runs: [run, bad, { ...run, run_id: 'r2' }], page: { ...page, total: 3 } });
    const { rows, total } = await getRunsPage(client, 'a', first);
    expect(rows.map((row) => isBad(row))).toEqual([false, true, false]);
    expect(rows[1]).toMatchObject({ shape: expect.stringMatching(/^(run|row): ./) });
    expect(JSON.stringify(rows[1])).not.toContain(secret);
    expect(total).toBe(3);
  });

  test('is known by its id where that can be read', async () => {
    const bads = badRuns.map(([, bad]) => bad);
    const { rows } = await getRunsPage(await clientOf({ runs: bads, page: { ...page, total: 13 } }), 'a', first);
    const keys = rows.map((row) => isBad(row) && row.key);
    const [none, own] = [undefined, run.run_id];
    expect(keys).toEqual([none, none, none, own, own, own, own, none, none, none, own, none, own]);
  });

  test('of agents or of signals is told too', async () => {
    const agents = await getAgentsPage(await clientOf({ agents: [{ ...agent, agent_id: 5 }, agent], page }), first);
    expect(agents.rows).toEqual([{ shape: expect.stringContaining('agent_id') }, { row: agent, extra: null }]);
    const ids = [0, 'seven', '7.5', '-7', '07', '9007199254740993', null].map((id) => ({ ...signal, id }));
    const rows = [...ids, { ...signal, id: '7', detected_at: null }, signal];
    const signals = await getSignalsPage(await clientOf({ signals: rows, page }), 'a', first);
    expect(signals.rows.map(isBad)).toEqual([...ids.map(() => true), true, false]);
    expect(signals.rows.map((row) => isBad(row) && row.key)).toEqual([...ids.map(() => undefined), 7, false]);
  });

  test('is none whose number comes as text', async () => {
    const rows = [{ ...signal, id: '7' }];
    const signals = await getSignalsPage(await clientOf({ signals: rows, page }), 'a', first);
    expect(signals.rows).toEqual([{ row: { ...signal, id: 7 }, extra: null }]);
  });

  test('names the same fault by the same shape, whatever the values', async () => {
    const rows = [
      { ...run, step_count: 'many' },
      { ...run, run_id: 'r2', step_count: 'few' },
    ];
    const page = await getRunsPage(
      await clientOf({ runs: rows, page: { ...first, total: 2, has_more: false } }),
      'a',
      first,
    );
    expect(page.rows[1]).toEqual({ ...page.rows[0], key: 'r2' });
  });

  test('never throws, whatever JSON it is', async () => {
    let body = '';
    const { url } = await serve((_, res) => res.end(body));
    const client = clientFor(url, steppingClock(), { requestsPerMinute: 100_000 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (signals) => {
        body = JSON.stringify({ signals, page });
        expect((await getSignalsPage(client, 'a', first)).rows).toHaveLength(signals.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('an answer of another shape', () => {
  const wrong: [string, unknown][] = [
    ['no object', [run]],
    ['null', null],
    ['no list', { page }],
    ['an object for the list', { runs: { run }, page }],
    ['no page', { runs: [run] }],
    ['a page without total', { runs: [run], page: { ...page, total: undefined } }],
    ['a negative total', { runs: [run], page: { ...page, total: -1 } }],
    ['a text for has_more', { runs: [run], page: { ...page, has_more: 'no' } }],
    ["another list's", { signals: [signal], page }],
  ];

  test.each(wrong)('is refused: %s', async (_, answer) => {
    const error = await apiError(getRunsPage(await clientOf(answer), 'a', first));
    expect(error.kind).toBe('bad_answer');
    expect(error.message).toContain('/v1/agents/a/runs did not answer in the format of the Customer API');
    expect(error.message).toContain('DUNETRACE_API_URL');
  });

  test('is refused for a run too', async () => {
    expect((await apiError(getRunDetail(await clientOf({ ...run, events: 'none' }), 'r'))).kind).toBe('bad_answer');
  });
});

describe("a run's detail", () => {
  test('has its events and signals, and unknown fields of each', async () => {
    const { run_id: _, agent_id: __, ...ofRun } = signal;
    const detail = {
      ...run,
      cost_usd: 0.25,
      mood: 'grim',
      events: [event, { ...event, span: 's' }, { step_index: 2 }],
      signals: [ofRun, { ...ofRun, id: null }],
    };
    expect(await getRunDetail(await clientOf(detail), 'r')).toEqual({
      conversationId: null,
      run: { row: { ...run, cost_usd: 0.25 }, extra: '{"mood":"grim"}' },
      events: [
        { row: event, extra: null },
        { row: event, extra: '{"span":"s"}' },
        { shape: expect.stringContaining('event_type') },
      ],
      signals: [{ row: ofRun, extra: null }, { shape: expect.stringContaining('id') }],
    });
  });

  test('may have no signals', async () => {
    const { signals, events } = await getRunDetail(await clientOf({ ...run, events: [] }), 'r');
    expect({ signals, events }).toEqual({ signals: [], events: [] });
  });

  test('of an unknown run is not_found', async () => {
    const { url } = await serveAnswers({ status: 404, body: `{"detail": "Run 'x' not found"}` });
    const error = await apiError(getRunDetail(clientFor(url, steppingClock()), 'x'));
    expect(error.kind).toBe('not_found');
    expect(error.message).toContain("404: Run 'x' not found");
  });
});

describe('a path', () => {
  const ids = [
    'support bot №7',
    '100%',
    'a/b',
    'a?b=c',
    'a#b',
    '..',
    '.',
    'a&b+c',
    'naïve\n',
    '%2F',
    '😀',
    'x'.repeat(300),
  ];

  test.each(ids)('carries %j percent-encoded', async (id) => {
    const server = await serveAnswers({ status: 404 });
    const client = clientFor(server.url, steppingClock());
    await apiError(getRunsPage(client, id, { offset: 500, limit: 500 }));
    await apiError(getSignalsPage(client, id, first));
    await apiError(getRunDetail(client, id));
    // An id that is hard to carry is tried as a parameter first.
    const byParameter = server.seen.filter((target) => target.includes('agent_id='));
    const asked = byParameter.map((target) => new URLSearchParams(target.split('?')[1]).get('agent_id'));
    expect(asked).toEqual(['a/b', '..', '.'].includes(id) ? [id, id] : []);
    const targets = server.seen.filter((one) => !byParameter.includes(one)).map((target) => target.split('/'));
    expect(targets.map((parts) => parts.map(decodeURIComponent))).toEqual([
      ['', 'v1', 'agents', id, 'runs?offset=500&limit=500'],
      ['', 'v1', 'agents', id, 'signals?offset=0&limit=500'],
      ['', 'v1', 'runs', id],
    ]);
    expect(server.seen.join('')).toMatch(/^[\x21-\x7e]+$/);
  });

  test('of the first page of agents asks for as many rows as the API gives', async () => {
    const server = await serveAnswers({ body: JSON.stringify({ agents: [], page }) });
    await getAgentsPage(clientFor(server.url, steppingClock()), { offset: 0, limit: maxPageSize });
    expect(server.seen).toEqual(['/v1/agents?offset=0&limit=500']);
  });
});

describe('a page that is not the one that was asked for is refused before a row of it is looked at', () => {
  const many = `[${'{},'.repeat(199_999)}{}]`;
  const lists: [string, (client: Client, request: { offset: number; limit: number }) => Promise<unknown>][] = [
    ['agents', getAgentsPage],
    ['runs', (client, request) => getRunsPage(client, 'a', request)],
    ['signals', (client, request) => getSignalsPage(client, 'a', request)],
  ];

  test.each(lists)('%s: more rows than were asked for', async (name, get) => {
    const { url, seen } = await serveAnswers({ body: `{"${name}": ${many}, "page": ${JSON.stringify(page)}}` });
    const error = await apiError(get(clientFor(url, steppingClock()), first));
    expect(error).toMatchObject({ kind: 'ill_list', stopsThePass: false });
    expect(error.message).toContain('a page of 200000 rows; the limit was 500');
    expect(seen).toHaveLength(1);
  });

  test.each(lists)('%s: the rows of another offset', async (name, get) => {
    const client = await clientOf({ [name]: [], page });
    const error = await apiError(get(client, { offset: 490, limit: 500 }));
    expect(error).toMatchObject({ kind: 'ill_list' });
    expect(error.message).toContain('the rows from 0 on instead of those from 490 on');
  });

  test('the detail of a run with more events than any has', async () => {
    const { url } = await serveAnswers({ body: `{"run_id": "r", "agent_id": "a", "events": ${many}}` });
    const error = await apiError(getRunDetail(clientFor(url, steppingClock()), 'r'));
    expect(error).toMatchObject({ kind: 'bad_answer', message: expect.stringContaining('200000 events') });
  });
});
