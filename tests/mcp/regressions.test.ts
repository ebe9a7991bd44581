import { expect, test } from 'vitest';
import type { SampleBackend } from '../support/customer-api/backend.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

const day = 86_400;
const agent_id = 'checkout';

/** So many runs of a version over some days, of which some fail, spread evenly. */
function runsOf(
  backend: SampleBackend,
  version: string,
  { runs, failing, from, to }: { runs: number; failing: number; from: number; to: number },
): void {
  const now = Date.now() / 1000;
  for (let n = 0; n < runs; n += 1) {
    const runId = `${version}-${n}`;
    const startedAt = now - from * day + ((from - to) * day * n) / runs;
    const fails = Math.floor(((n + 1) * failing) / runs) > Math.floor((n * failing) / runs);
    const times = { startedAt, completedAt: startedAt + 5 };
    backend.ingestRun({ runId, agentId: agent_id, agentVersion: version, ...times, exitReason: 'run.completed' });
    const signal = { failureType: 'RETRY_STORM', severity: 'HIGH', stepIndex: 1, detectedAt: startedAt + 6 } as const;
    backend.analyse(runId, fails ? [signal] : []);
  }
}

async function serve(fill: (backend: SampleBackend) => void) {
  const api = await startFakeCustomerApi();
  fill(api.backend);
  const { call } = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  return call;
}

test('10 % to 34 % failing runs with v2.1.0 nine days ago lead the summary, though the score is green', async () => {
  const call = await serve((backend) => {
    runsOf(backend, 'v2.0.0', { runs: 200, failing: 20, from: 37, to: 9 });
    runsOf(backend, 'v2.1.0', { runs: 100, failing: 34, from: 9, to: 0.1 });
  });
  const summary = await call('summarize_agent', { agent_id });
  expect(summary.text).toMatch(
    /^═══ Agent summary: checkout ═══\nWhat changed .*\nv2\.1\.0 \(first run 9d ago\) against v2\.0\.0:\n {2}🚨 REGRESSION: any failure 20\/200 \(10%\) → 34\/100 \(34%\), \+24 \(/,
  );
  expect(summary.text).toMatch(/Last 7 days against the 30 before:\n {2}🚨 REGRESSION: any failure/);
  expect(summary.text).toMatch(
    /Health score: ✅ \d+\/100 \(.*\), over 30 days: what became worse \(above\) weighs little/,
  );
  expect(summary.structured).toMatchObject({
    changes: {
      recent: { days: 7, days_before: 30, all: { verdict: 'regression' } },
      versions: {
        before: 'v2.0.0',
        after: 'v2.1.0',
        all: { before: { rate: 0.1 }, after: { rate: 0.34 }, verdict: 'regression' },
        types: [{ failure_type: 'RETRY_STORM', verdict: 'regression' }],
      },
    },
  });

  const patterns = await call('get_agent_patterns', { agent_id });
  expect(patterns.text).toMatch(/Older versions: v2\.1\.0 \(first run 9d ago\), v2\.0\.0 /);
  expect(patterns.structured).toMatchObject({
    versions: [],
    versions_left_out: { total: 2, items: [{ agent_version: 'v2.1.0' }, { agent_version: 'v2.0.0' }] },
  });

  const compared = await call('compare_versions', { agent_id });
  expect(compared.text).toContain('Versions of checkout: v2.0.0 → v2.1.0');
  expect(compared.structured).toMatchObject({
    compared: true,
    all: { difference: 0.24, verdict: 'regression' },
    types: [{ failure_type: 'RETRY_STORM', newest_run_before: 'v2.0.0-199', newest_run_after: 'v2.1.0-99' }],
    versions: [
      { agent_version: 'v2.0.0', run_count: 200, newest_run_id: 'v2.0.0-199' },
      { agent_version: 'v2.1.0', run_count: 100, newest_failed_run_id: 'v2.1.0-99' },
    ],
  });
  expect((await call('compare_versions', { agent_id, a: 'v2.1.0', b: '2.0.0' })).structured).toMatchObject({
    all: { difference: -0.24, verdict: 'improvement' },
  });
  for (const args of [{ b: 'v2.1.0' }, { a: '2.0.0' }, { a: '', b: '' }])
    expect((await call('compare_versions', { agent_id, ...args })).text).toContain('v2.0.0 → v2.1.0');
  const wrong = await call('compare_versions', { agent_id, b: 'v3' });
  expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining('Its newest of 2: v2.1.0, v2.0.0.') });
  expect((await call('compare_versions', { agent_id, b: 'v2.0.0' })).text).toContain('Pass a.');
  expect((await call('compare_versions', { agent_id, a: 'v2.0.0', b: 'v2.0.0' })).text).toContain('two different');
});

test('few runs are no regression, however they fail, and their rates have intervals', async () => {
  const call = await serve((backend) => {
    runsOf(backend, 'v1', { runs: 40, failing: 2, from: 20, to: 2 });
    runsOf(backend, 'v2', { runs: 4, failing: 4, from: 1, to: 0.1 });
  });
  for (const name of ['summarize_agent', 'get_agent_patterns', 'compare_versions']) {
    const { text, structured } = await call(name, { agent_id });
    expect(text).toMatch(/too few runs to compare \(\d+ before, 4 since; five each are needed\)/);
    expect(text.replace(/Last 7 days.*\n(?: {2}.*\n)*/, '')).not.toMatch(/regression|reliabl/i);
    expect(JSON.stringify(structured).replace(/"recent":.*?"versions"/, '')).not.toContain('"regression"');
  }
  expect((await call('get_failure_pattern_detail', { agent_id, failure_type: 'RETRY_STORM' })).text).toContain(
    'Affected: 6/44 runs (14%); 6 signals',
  );
});
