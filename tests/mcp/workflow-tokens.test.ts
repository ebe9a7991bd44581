import { expect, test } from 'vitest';
import { z } from 'zod';
import { connectAs } from '../support/client-eras.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, callTool, freshnessOf, startHttpServer } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import {
  agentPatterns,
  agentSummary,
  detailed,
  found,
  inSummary,
  patterned,
  summarized,
  walked,
  wireRun,
  wireSignal,
} from '../support/python-format.ts';
import { isRecorded, serveRecording } from '../support/recorded-api.ts';
import { fillTokenWorld } from '../support/token-world.ts';
import { tokensOf } from '../support/tokens.ts';

/**
 * The four workflows of the Python server's page cost a model at most 60 % of what they cost there: the answers' texts
 * on the same rows, ours as a model gets them, the other's in the format of its page (tests/support/python-format.ts).
 */

const most = 0.6;
const agent_id = 'research-agent';

const signalPage = z.object({ signals: z.array(wireSignal) });

/** What each workflow costs here and there. `severity`: of the signals of the last day that the audit asks for. */
async function costs(apiUrl: string, severity: string) {
  const where = await startHttpServer(createPlace(apiUrl, { DUNETRACE_POLL_SECONDS: '3600', DUNETRACE_RPM: '100000' }));
  const program = await connectAs('the client 1.x', where, 'tests');
  const facts = async (name: string, args: Record<string, unknown> = {}) => callTool(program, name, args);
  await askUntil(
    () => facts('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const model = await connectAs('the client 1.x', where, 'claude-code');
  const ours = async (name: string, args: Record<string, unknown>) =>
    tokensOf((await callTool(model, name, args)).text);

  const fetched = async (path: string): Promise<unknown> => {
    const response = await fetch(`${apiUrl}/v1/${path}`);
    return response.ok ? response.json() : undefined;
  };
  const ofAgent = signalPage.parse(await fetched(`agents/${agent_id}/signals?limit=${inSummary}&explain=true`)).signals;
  const [latest] = ofAgent;
  if (!latest) throw new Error('the agent has no signal');
  const run = wireRun.parse(await fetched(`runs/${latest.run_id}`));
  const day = { severity, since_hours: 24 };
  const listed = z
    .object({ items: z.array(z.object({ id: z.number() })) })
    .parse((await facts('search_signals', day)).structured).items;
  const all = signalPage.parse(await fetched('signals?limit=500&explain=true')).signals;
  const audited = listed.flatMap(({ id }) => all.filter((signal) => signal.id === id));
  expect(audited.length).toBeGreaterThan(3);
  const summary = agentSummary.parse((await facts('summarize_agent', { agent_id })).structured);
  const patterns = agentPatterns.parse(
    (await fetched(`agents/${agent_id}/insights`)) ??
      (await facts('get_agent_patterns', { agent_id, days: 30 })).structured,
  );
  const about = { signal_id: latest.id, agent_id };

  return [
    {
      workflow: 'Triage an alert',
      ours: (await ours('summarize_agent', { agent_id })) + (await ours('get_signal_detail', about)),
      theirs: tokensOf(summarized(agent_id, summary, ofAgent)) + tokensOf(detailed(latest)),
    },
    {
      workflow: 'Investigate a run',
      ours: await ours('get_run_detail', { run_id: latest.run_id }),
      theirs: tokensOf(walked(run)),
    },
    { workflow: 'Cross-agent audit', ours: await ours('search_signals', day), theirs: tokensOf(found(audited)) },
    {
      workflow: 'Before a deploy',
      ours: await ours('get_agent_patterns', { agent_id }),
      theirs: tokensOf(patterned(agent_id, patterns)),
    },
  ];
}

function hold(told: Awaited<ReturnType<typeof costs>>, title: string) {
  const sum = (side: 'ours' | 'theirs') => told.reduce((total, cost) => total + cost[side], 0);
  const rows = [...told, { workflow: 'all four', ours: sum('ours'), theirs: sum('theirs') }];
  const lines = rows.map(
    ({ workflow, ours, theirs }) => `${workflow}: ${ours} of ${theirs}, ${Math.round((100 * ours) / theirs)} %`,
  );
  process.stdout.write(`Tokens of workflows beside the Python server's, ${title}:\n${lines.join('\n')}\n`);
  expect(sum('ours') / sum('theirs')).toBeLessThanOrEqual(most);
}

test('on a world of 50 agents', async () => {
  const api = await startFakeCustomerApi({ generation: 3 });
  fillTokenWorld(api.backend, Date.now() / 1000 - 600);
  hold(await costs(api.url, 'CRITICAL'), 'a world of 50 agents');
});

/** Its last day has no CRITICAL signals. */
test.runIf(isRecorded(3))('on the recording of a real backend', async () => {
  hold(await costs(await serveRecording(3, { rebase: true }), 'HIGH'), 'the recording');
});
