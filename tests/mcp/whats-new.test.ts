import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, test } from 'vitest';
import type { SampleBackend } from '../../src/sample/backend.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import {
  askUntil,
  callTool,
  connect,
  connectTo,
  freshnessOf,
  startHttpServer,
  type ToolAnswer,
} from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

type Call = (name: string, args?: Record<string, unknown>) => Promise<ToolAnswer>;

async function fleet() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  return { api, place: createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }) };
}

const covered = (call: Call) =>
  askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );

/** A run of a new agent ends now, and fails. */
function fail(backend: SampleBackend, runId: string): void {
  const now = Date.now() / 1000;
  const run = { runId, agentId: 'new agent', agentVersion: 'v1', startedAt: now, completedAt: now };
  backend.ingestRun({ ...run, exitReason: 'run.errored' });
  backend.analyse(runId, [{ failureType: 'RETRY_STORM', severity: 'CRITICAL', stepIndex: 1, detectedAt: now }]);
}

const first = '(the first call of this session: the last 24 hours)';

test('over stdio: the last day at first, then what came since the last call', async () => {
  const { api, place } = await fleet();
  const { call } = await connect(place);
  await covered(call);
  const day = await call('get_whats_new');
  expect(day.text).toContain(first);
  expect(day.structured).toMatchObject({
    signal_count: 1,
    new_signals: { total: 1, items: [{ agent_id: 'research-agent', severities: { HIGH: 1 }, newest_signal_id: 2 }] },
    first_time_types: { total: 1, items: [{ failure_type: 'TOOL_LOOP', covered: true }] },
    new_agents: { total: 1, items: [{ agent_id: 'research-agent', run_count: 2, covered: true }] },
  });
  const again = await call('get_whats_new');
  expect(again.text).toContain('Nothing: no new signals');
  expect(again.text).not.toContain(first);

  fail(api.backend, 'run-1');
  await call('refresh_mirror');
  const news = await call('get_whats_new');
  expect(news.text).toMatch(/New signals \(1\).*\n {2}🔴 new agent {2}RETRY_STORM {2}CRITICAL×1 {2}newest id=3/);
  expect(news.text).toContain('Next: get_signal_detail(signal_id=3, agent_id="new agent")');
  expect(news.structured).toMatchObject({
    signal_count: 1,
    new_agents: { total: 1, items: [{ agent_id: 'new agent' }] },
  });
  expect((await call('get_whats_new')).structured).toMatchObject({ signal_count: 0, new_agents: { total: 0 } });
  // A moment that is named counts, whatever was told before.
  expect((await call('get_whats_new', { since: '7d' })).structured).toMatchObject({ signal_count: 3 });

  await call('get_whats_new', { since: 'never' });
  await api.stop();
  expect(await call('get_whats_new')).toMatchObject({ isError: false, structured: { signal_count: 0 } });
});

test('over HTTP: each session has its own last call', async () => {
  const { api, place } = await fleet();
  const { url } = await startHttpServer(place);
  const session = async (): Promise<Call> => {
    const client = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    return (name, args) => callTool(client, name, args);
  };
  const [one, other] = [await session(), await session()];
  await covered(one);
  expect((await one('get_whats_new')).text).toContain(first);
  fail(api.backend, 'run-1');
  await one('refresh_mirror');
  const whole = await other('get_whats_new');
  expect(whole.text).toContain(first);
  expect(whole.structured).toMatchObject({ signal_count: 2 });
  const rest = await one('get_whats_new');
  expect(rest.text).not.toContain(first);
  expect(rest.structured).toMatchObject({ signal_count: 1 });
  for (const call of [one, other]) expect((await call('get_whats_new')).structured).toMatchObject({ signal_count: 0 });
});
