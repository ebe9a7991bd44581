import { expect, test } from 'vitest';
import { type FakeCustomerApi, type Fault, startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { clean, fillSmallFleet, looping } from '../support/small-fleet.ts';

/**
 * What a user reads when the API fails in the middle of a session, one fault a test. (An API that is gone, refuses the
 * key, limits the rate or is no Customer API from the start is in snapshots/; a full disk and its like, where the mirror
 * file is tested.)
 */

/** A server whose mirror is whole, and which polls no more. */
async function session(env: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const limits = {
    DUNETRACE_POLL_SECONDS: '3600',
    DUNETRACE_TIMEOUT_SECONDS: '0.5',
    DUNETRACE_LIVE_BUDGET_MS: '60000',
  };
  const { call } = await connect(createPlace(api.url, { ...limits, ...env }));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const refresh = async (args = {}) => {
    const { text, isError } = await call('refresh_mirror', args);
    return { isError, text: plain(text.replaceAll(api.url, '<api>')) };
  };
  return { api, call, refresh };
}

/** Without the times, which no two runs share. */
const plain = (text: string) => text.replaceAll(/\d\d:\d\d:\d\d UTC/g, '<time>');

const always = { times: Number.POSITIVE_INFINITY };
const failed = 'The refresh failed; the mirror keeps what it had.';
const doctor = 'Run `dunetrace-mcp doctor` to find the cause.';
const unreachable = (cause: string) =>
  `${failed} The Customer API at <api> can't be reached (${cause}). Is the backend running, and DUNETRACE_API_URL right? ${doctor}`;
const noApi = 'Is DUNETRACE_API_URL the Customer API itself, and no proxy or dashboard?';

const faults: [name: string, begin: (api: FakeCustomerApi) => unknown, sentence: string][] = [
  ['refuses connections', (api) => api.stop(), unreachable('ECONNREFUSED')],
  ['closes connections', failing({ kind: 'down' }), unreachable('UND_ERR_SOCKET: other side closed')],
  ['resets connections', failing({ kind: 'reset' }), unreachable('ECONNRESET')],
  ['hangs', failing({ kind: 'hang' }), unreachable('no answer within 0.5 s')],
  ['is too slow', failing({ kind: 'slow', ms: 5000 }), unreachable('no answer within 0.5 s')],
  ['breaks off its answers', failing({ kind: 'cut body' }), unreachable('UND_ERR_SOCKET: other side closed')],
  [
    'answers 500',
    failing({ kind: 'status', status: 500 }),
    `${failed} <api>/v1/agents answered 500: injected. Look at the backend's log. ${doctor}`,
  ],
  [
    'limits the rate, for a moment',
    failing({ kind: 'status', status: 429, retryAfter: '0.1' }),
    `${failed} The Customer API at <api> limits the rate of this key (429: injected) until <time>. Wait, or lower DUNETRACE_RPM (now 300). ${doctor}`,
  ],
  [
    'answers with half of its JSON',
    failing({ kind: 'cut json' }),
    `${failed} <api>/v1/agents answered with invalid JSON instead of JSON. ${noApi} ${doctor}`,
  ],
  [
    'answers with HTML',
    failing({ kind: 'html' }),
    `${failed} <api>/v1/agents answered with HTML instead of JSON. ${noApi} ${doctor}`,
  ],
  [
    'answers with other JSON',
    failing({ kind: 'wrong shape' }),
    `${failed} /v1/agents did not answer in the format of the Customer API (agents: Invalid input: expected array). Is DUNETRACE_API_URL the Customer API? ${doctor}`,
  ],
];

function failing(fault: Fault) {
  return (api: FakeCustomerApi) => api.fail(fault, always);
}

test.each(faults)('an API that %s', async (_, begin, sentence) => {
  const { api, call, refresh } = await session();
  const end = await begin(api);
  expect(await refresh()).toEqual({ isError: true, text: sentence });
  // What the mirror holds is still told, with what keeps it from being newer.
  const agents = await call('list_agents');
  expect(agents.structured).toMatchObject({ total: 2 });
  expect(plain(`${failed} ${freshnessOf(agents).note} ${doctor}`.replaceAll(api.url, '<api>'))).toBe(sentence);
  if (typeof end === 'function') end();
  await api.start();
  expect((await refresh()).text).toContain('Refreshed: the API lists 2 agents.');
  expect(freshnessOf(await call('list_agents')).note).toBeUndefined();
});

test('rows that can not be read are skipped, and counted', async () => {
  const { api, refresh } = await session();
  api.backend.analyse(looping, [
    { failureType: 'COST_SPIKE', severity: 'HIGH', stepIndex: 1 },
    { failureType: '', severity: 'HIGH', stepIndex: 1 },
  ]);
  const { text, isError } = await refresh();
  expect(isError).toBe(false);
  expect(text).toContain('New signals: 1\n');
  expect(text).toContain("Skipped:     1 row that can't be read; the server's log says why\n");
});

test('a wiped backend: nothing of the old world is told', async () => {
  const { api, call, refresh } = await session();
  api.backend.wipe();
  const end = Date.now() / 1000 - 60;
  const run = { runId: 'run-of-the-new-world', agentId: 'newcomer', agentVersion: 'v9', startedAt: end - 9 };
  api.backend.ingestRun({ ...run, completedAt: end, exitReason: 'run.completed' });
  api.backend.analyse(run.runId, [{ failureType: 'COST_SPIKE', severity: 'LOW', stepIndex: 1 }]);
  expect((await refresh()).text).toContain('Refreshed: the API lists 1 agent.');
  expect((await call('list_agents')).structured).toMatchObject({ items: [{ agent_id: 'newcomer' }] });
  expect((await call('get_signal_detail', { signal_id: 1 })).structured).toMatchObject({ run_id: run.runId });
  expect((await call('get_signal_detail', { signal_id: 2 })).text).toMatch(/^There is no signal #2/);
  expect((await call('get_run_detail', { run_id: looping })).text).toMatch(/^There is no run "11111111/);
});

test('a run whose events have expired, and one that is gone', async () => {
  const { api, call, refresh } = await session();
  api.backend.expireEvents(looping);
  api.backend.dropRun(clean);
  await refresh({ agent_id: 'research-agent' });
  const expired = await call('get_run_detail', { run_id: looping });
  expect(expired.text).toContain("The server has dropped this run's events for age; the mirror still has what it had.");
  expect(expired.text).toContain('Duration: 5.6s');
  const gone = await call('get_run_detail', { run_id: clean });
  expect(gone.text).toMatch(/^The API no longer has this run \(since \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\.$/m);
});
