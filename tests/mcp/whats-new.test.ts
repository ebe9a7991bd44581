import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { SampleBackend } from '../support/customer-api/backend.ts';
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

/** What an answer says to ask with the next time, in both of its forms. */
function nextSince({ text, structured }: ToolAnswer): string {
  const shape = z.object({ next: z.array(z.object({ tool: z.string(), arguments: z.looseObject({}) })) });
  const call = shape.parse(structured).next.find(({ tool }) => tool === 'get_whats_new');
  const since = String(call?.arguments.since);
  expect(text).toContain(`get_whats_new(since="${since}")`);
  return since;
}

test('without a moment it is the last day, every time; the answer tells with which moment to go on', async () => {
  const { api, place } = await fleet();
  const { call } = await connect(place);
  await covered(call);
  const day = await call('get_whats_new');
  expect(day.structured).toMatchObject({
    signal_count: 1,
    new_signals: { total: 1, items: [{ agent_id: 'research-agent', severities: { HIGH: 1 }, newest_signal_id: 2 }] },
    first_time_types: { total: 1, items: [{ failure_type: 'TOOL_LOOP', covered: true }] },
    new_agents: { total: 1, items: [{ agent_id: 'research-agent', run_count: 2, covered: true }] },
  });
  expect((await call('get_whats_new')).structured).toMatchObject({ signal_count: 1 });
  const since = nextSince(day);
  expect((await call('get_whats_new', { since })).text).toContain('Nothing: no new signals');

  fail(api.backend, 'run-1');
  await call('refresh_mirror');
  const news = await call('get_whats_new', { since });
  expect(news.text).toMatch(/New signals \(1\).*\n🔴 new agent RETRY_STORM CRITICAL×1 \(first time\), newest id=3/);
  expect(news.text).toContain('\nNext: get_whats_new(since="');
  expect(news.structured).toMatchObject({
    signal_count: 1,
    new_agents: { total: 1, items: [{ agent_id: 'new agent' }] },
  });
  // What came in the second of the last look is rather told twice than never.
  expect(Date.parse(nextSince(news))).toBeGreaterThanOrEqual(Date.parse(since));
  expect((await call('get_whats_new', { since: '7d' })).structured).toMatchObject({ signal_count: 3 });
  await api.stop();
  expect(await call('get_whats_new', { since })).toMatchObject({ isError: false, structured: { signal_count: 1 } });
});

test('over HTTP it is the same for everyone, whatever was asked before', async () => {
  const { api, place } = await fleet();
  const { url } = await startHttpServer(place);
  const session = async (): Promise<Call> => {
    const client = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    return (name, args) => callTool(client, name, args);
  };
  const [one, other] = [await session(), await session()];
  await covered(one);
  expect((await one('get_whats_new')).structured).toMatchObject({ signal_count: 1 });
  fail(api.backend, 'run-1');
  await one('refresh_mirror');
  for (const call of [one, other]) expect((await call('get_whats_new')).structured).toMatchObject({ signal_count: 2 });
});
