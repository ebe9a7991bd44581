import { afterEach, expect, test } from 'vitest';
import { type Generation, SampleBackend, type SampleRun, type SignalSpec } from './backend.ts';
import { type SampleServer, type SampleServerOptions, startSampleServer } from './server.ts';

const NOW = 1_800_000_000;
const servers: SampleServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function newBackend(generation: Generation = 2): SampleBackend {
  return new SampleBackend({ generation, now: () => NOW });
}

async function serve(
  backend: SampleBackend,
  options: Omit<SampleServerOptions, 'backend'> = {},
): Promise<SampleServer> {
  const server = await startSampleServer({ backend, ...options });
  servers.push(server);
  return server;
}

function run(runId: string, changes: Partial<SampleRun> = {}): SampleRun {
  const startedAt = NOW - 1000;
  const completedAt = startedAt + 10;
  return { runId, agentId: 'a', agentVersion: 'v1', startedAt, completedAt, exitReason: 'run.completed', ...changes };
}

const loop: SignalSpec = { failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 4 };
const spike: SignalSpec = { failureType: 'COST_SPIKE', severity: 'CRITICAL', stepIndex: 9 };

function add(backend: SampleBackend, runId: string, signals: readonly SignalSpec[] = [], changes = {}): void {
  backend.ingestRun(run(runId, changes));
  backend.analyse(runId, signals);
}

interface Got {
  readonly status: number;
  readonly body: unknown;
}

async function get(server: SampleServer, path: string, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(server.url + path, init);
  return { status: response.status, body: await response.json() };
}

test('pages through a list, newest first, and says whether more follows', async () => {
  const backend = newBackend();
  for (let index = 1; index <= 7; index += 1) add(backend, `r${index}`);
  const server = await serve(backend);
  expect(await get(server, '/v1/agents/a/runs?offset=2&limit=3')).toMatchObject({
    status: 200,
    body: {
      runs: [{ run_id: 'r5' }, { run_id: 'r4' }, { run_id: 'r3' }],
      page: { total: 7, offset: 2, limit: 3, has_more: true },
    },
  });
  expect(await get(server, '/v1/agents/a/runs?offset=5')).toMatchObject({
    body: { runs: [{ run_id: 'r2' }, { run_id: 'r1' }], page: { total: 7, offset: 5, limit: 50, has_more: false } },
  });
});

test.each(['limit=0', 'limit=501', 'limit=x', 'offset=-1', 'has_signals=maybe'])(
  'refuses %s with 422',
  async (query) => {
    const server = await serve(newBackend());
    const detail = [{ loc: ['query', query.split('=')[0]], msg: expect.any(String) }];
    expect(await get(server, `/v1/agents/a/runs?${query}`)).toEqual({ status: 422, body: { detail } });
  },
);

test('filters signals and runs, and ignores parameters it does not know', async () => {
  const backend = newBackend();
  add(backend, 'r1', [loop, spike]);
  add(backend, 'r2');
  const server = await serve(backend);
  const ids = async (path: string) => (await get(server, path)).body;
  expect(await ids('/v1/agents/a/signals?severity=critical&since=5')).toMatchObject({ signals: [{ id: 2 }] });
  expect(await ids('/v1/agents/a/signals?failure_type=TOOL_LOOP')).toMatchObject({ signals: [{ id: 1 }] });
  expect(await ids('/v1/agents/a/runs?has_signals=true')).toMatchObject({ runs: [{ run_id: 'r1' }] });
  expect(await ids('/v1/agents/a/runs?has_signals=false')).toMatchObject({ runs: [{ run_id: 'r2' }] });
  expect(await get(server, '/v1/agents/a/signals?severity=loud')).toMatchObject({ status: 422 });
});

test('generation 1 has neither the newer fields nor the newer endpoints', async () => {
  const backend = newBackend(1);
  add(backend, 'r1', [loop, { ...spike, shadow: true }], { totalTokens: 5, costUsd: 1 });
  const server = await serve(backend);
  const [signal, ...others] = backend.signals('a', { includeShadow: true });
  expect(others).toEqual([]);
  expect(signal).not.toHaveProperty('shadow');
  expect(signal).not.toHaveProperty('co_signal_count');
  expect(backend.runs('a')[0]).not.toHaveProperty('total_tokens');
  expect(backend.runDetail('r1')).toMatchObject({ step_count: 2 });
  expect(backend.runDetail('r1')).not.toHaveProperty('cost_usd');
  expect(await get(server, '/v1/signals')).toEqual({ status: 404, body: { detail: 'Not Found' } });
});

test('generation 2 hides shadow signals unless asked, and lists the signals of all agents', async () => {
  const backend = newBackend(2);
  add(backend, 'r1', [loop, { ...spike, shadow: true }], { totalTokens: 5 });
  add(backend, 'r2', [loop], { agentId: 'b' });
  const server = await serve(backend);
  expect(backend.agents()[0]).toMatchObject({ agent_id: 'a', signal_count: 1, critical_count: 0, high_count: 1 });
  expect(backend.runs('a')[0]).toMatchObject({ signal_count: 1, total_tokens: 5, cost_usd: null });
  expect(backend.runDetail('r1')).toMatchObject({ step_count: 1, signals: [{ id: 1 }] });
  expect(await get(server, '/v1/signals')).toMatchObject({ body: { signals: [{ id: 3 }, { id: 1 }] } });
  expect(await get(server, '/v1/signals?include_shadow=true&agent_id=a&explain=false')).toMatchObject({
    body: {
      signals: [
        { id: 2, shadow: true, co_signal_count: 2, what: '', suggested_fixes: [] },
        { id: 1, shadow: false, why_it_matters: '' },
      ],
    },
  });
  backend.endShadow(2);
  expect(backend.signals('a')).toMatchObject([{ id: 2, shadow: false }, { id: 1 }]);
  expect(backend.runs('a')[0]).toMatchObject({ signal_count: 2 });
});

test('a run moves its agent at once but is listed only after its analysis', async () => {
  const backend = newBackend();
  backend.ingestRun(run('r1'));
  const server = await serve(backend);
  expect(backend.agents()).toMatchObject([{ agent_id: 'a', run_count: 1, last_seen: NOW - 990, sparkline: [] }]);
  expect(backend.runs('a')).toEqual([]);
  expect(await get(server, '/v1/runs/r1')).toEqual({ status: 404, body: { detail: "Run 'r1' not found" } });
  backend.analyse('r1', [loop]);
  expect(backend.runs('a')).toMatchObject([{ run_id: 'r1', has_signals: true }]);
  expect(backend.signals('a')).toMatchObject([{ id: 1, detected_at: NOW - 985, confidence: Math.fround(0.9) }]);
  expect(backend.agents()).toMatchObject([{ sparkline: [0, 0, 0, 0, 0, 0, 1], failure_types: { TOOL_LOOP: 1 } }]);
});

test('signals go on top unless they carry a time of their own', () => {
  const backend = newBackend();
  add(backend, 'r1', [loop]);
  add(backend, 'r2', [loop], { completedAt: NOW - 5000 });
  add(backend, 'r3', [{ ...loop, detectedAt: NOW - 9000 }]);
  expect(backend.signals('a').map((signal) => signal.id)).toEqual([2, 1, 3]);
  expect(backend.runs('a').map((row) => row.run_id)).toEqual(['r3', 'r2', 'r1']);
});

test('expiry empties a run, dropping removes it, and its signals stay', () => {
  const backend = newBackend();
  add(backend, 'r1', [loop]);
  add(backend, 'r2', [loop]);
  const before = backend.runs('a');
  backend.expireEvents('r1');
  expect(before[1]).toMatchObject({ run_id: 'r1', started_at: NOW - 1000 });
  expect(backend.runs('a')[1]).toMatchObject({ run_id: 'r1', started_at: null, completed_at: null, step_count: 0 });
  expect(backend.runDetail('r1')).toMatchObject({ events: [], signals: [{ id: 1 }] });
  expect(backend.agents()).toMatchObject([{ run_count: 1 }]);
  backend.dropRun('r2');
  expect(backend.runs('a').map((row) => row.run_id)).toEqual(['r1']);
  expect(backend.runDetail('r2')).toBeUndefined();
  expect(backend.signals('a')).toHaveLength(2);
  expect(backend.agents()).toEqual([]);
});

test('deleting and alerting change a signal, its run and its agent', () => {
  const backend = newBackend();
  add(backend, 'r1', [loop, spike]);
  backend.setAlerted(2);
  backend.deleteSignal(1);
  expect(backend.signals('a')).toMatchObject([{ id: 2, alerted: true }]);
  expect(backend.allSignals()).toMatchObject([{ id: 2, alerted: true }]);
  expect(backend.runs('a')).toMatchObject([{ signal_count: 1 }]);
  expect(backend.agents()).toMatchObject([{ signal_count: 1, high_count: 0, failure_types: { COST_SPIKE: 1 } }]);
});

test('after a wipe nothing is left and signal ids start again', () => {
  const backend = newBackend();
  add(backend, 'r1', [loop, spike]);
  backend.wipe();
  expect(backend.agents()).toEqual([]);
  expect(backend.allSignals()).toEqual([]);
  expect(backend.runDetail('r1')).toBeUndefined();
  add(backend, 'r1', [spike]);
  expect(backend.allSignals()).toMatchObject([{ id: 1, failure_type: 'COST_SPIKE' }]);
});

test('a malformed row is served where it was put', async () => {
  const backend = newBackend();
  add(backend, 'r1', [loop]);
  backend.addRawRow('signals', 'a', { id: 'not a number' });
  backend.addRawRow('signals', 'a', null);
  add(backend, 'r2', [loop]);
  const server = await serve(backend);
  for (const path of ['/v1/agents/a/signals', '/v1/signals']) {
    const { body } = await get(server, path);
    expect(body).toMatchObject({ signals: [{ id: 2 }, null, { id: 'not a number' }, { id: 1 }], page: { total: 4 } });
  }
});

test('an unknown agent has empty lists, an id with a slash has none', async () => {
  const backend = newBackend();
  add(backend, 'r1', [loop], { agentId: 'bot/eu' });
  add(backend, 'r2', [loop], { agentId: '50% №7' });
  add(backend, 'r3', [loop], { agentId: '..' });
  const server = await serve(backend);
  const empty = { total: 0, offset: 0, limit: 50, has_more: false };
  expect(await get(server, '/v1/agents/ghost/signals')).toEqual({ status: 200, body: { signals: [], page: empty } });
  expect(await get(server, '/v1/agents')).toMatchObject({ body: { page: { total: 3 } } });
  for (const part of ['runs', 'signals', 'health-score']) {
    const refused = await get(server, `/v1/agents/${encodeURIComponent('bot/eu')}/${part}`);
    expect(refused).toEqual({ status: 404, body: { detail: 'Not Found' } });
  }
  const odd = await get(server, `/v1/agents/${encodeURIComponent('50% №7')}/runs`);
  expect(odd).toMatchObject({ status: 200, body: { runs: [{ run_id: 'r2' }] } });
  expect(await get(server, '/v1/agents/50%/runs')).toMatchObject({ status: 404 });
});

test('demands the key everywhere but for its health, and answers only GET', async () => {
  const server = await serve(newBackend(), { key: 'secret' });
  const refused = { status: 401, body: { detail: 'Invalid or inactive API key' } };
  expect(await get(server, '/v1/agents')).toEqual(refused);
  expect(await get(server, '/v1/agents', { headers: { authorization: 'Bearer other' } })).toEqual(refused);
  expect(await get(server, '/v1/agents', { headers: { authorization: 'Bearer secret' } })).toMatchObject({
    status: 200,
  });
  expect(await get(server, '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await get(server, '/health', { method: 'POST' })).toMatchObject({ status: 405 });
  expect(await get(server, '/nowhere?x=1', { headers: { authorization: 'Bearer secret' } })).toMatchObject({
    status: 404,
  });
  expect(server.requests.at(-1)).toMatchObject({ method: 'GET', path: '/nowhere', authorization: 'Bearer secret' });
  expect(server.requests.at(-1)?.query.get('x')).toBe('1');
});

test('an interceptor may answer itself, answer late, or cut the connection', async () => {
  let fault = 'busy';
  const server = await serve(newBackend(), {
    intercept: (req, res, respond) => {
      if (fault === 'busy') {
        res.writeHead(429, { 'retry-after': '1' }).end('{}');
        return true;
      }
      if (fault === 'late') {
        setImmediate(respond);
        return true;
      }
      if (fault === 'cut') {
        req.socket.destroy();
        return true;
      }
      return false;
    },
  });
  expect(await get(server, '/health')).toMatchObject({ status: 429 });
  fault = 'late';
  expect(await get(server, '/health')).toMatchObject({ status: 200 });
  fault = 'cut';
  await expect(get(server, '/health')).rejects.toThrow();
  fault = 'none';
  expect(await get(server, '/health')).toMatchObject({ status: 200 });
});

test('close ends requests that are under way', async () => {
  let arrived = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = await serve(newBackend(), {
    intercept: () => {
      arrived();
      return true;
    },
  });
  const pending = expect(get(server, '/health')).rejects.toThrow();
  await waiting;
  await server.close();
  await pending;
});
