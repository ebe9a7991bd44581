import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { goodRows } from '../../src/api/rows.ts';
import { eventRow, getRunDetail } from '../../src/lists/run-detail.ts';
import { runRow } from '../../src/lists/runs.ts';
import { agentPatterns } from '../../src/queries/patterns.ts';
import { runPass } from '../../src/sync/pass.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { freePort } from '../support/loopback.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

/**
 * Patterns against what a real server computed of the same rows: its recorded insights. The recording is no part of
 * this repository: where it does not lie beside it, these tests are skipped.
 */
const recording = fileURLToPath(new URL('../../../shared/customer-api', import.meta.url));

const insightsShape = z.record(
  z.string(),
  z.object({
    input_patterns: z.array(
      z.object({
        input_hash: z.string(),
        failure_type: z.string(),
        triggered_count: z.number(),
        total_runs: z.number(),
      }),
    ),
    signal_trends: z.array(z.object({ failure_type: z.string(), day: z.string(), count: z.number() })),
  }),
);

const jsonOf = (name: string): unknown => JSON.parse(readFileSync(`${recording}/recorded/${name}`, 'utf8'));
const rowsOf = (name: string): unknown[] =>
  readFileSync(`${recording}/recorded/${name}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Serves the recording until the test ends. */
async function serve(): Promise<string> {
  const port = await freePort();
  const child = spawn(process.execPath, [`${recording}/serve.mjs`, '--port', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => {
    child.kill();
  });
  // It says where it listens once it does.
  await once(child.stderr, 'data');
  return `http://127.0.0.1:${port}`;
}

describe.skipIf(!existsSync(recording))('on the recorded API', () => {
  let insights: z.infer<typeof insightsShape> = {};
  let newest = 0;

  beforeAll(() => {
    insights = insightsShape.parse(jsonOf('insights.json'));
    const seen = z.array(z.object({ last_seen: z.number() })).parse(jsonOf('agents.json'));
    const detected = z.array(z.object({ detected_at: z.number() })).parse(rowsOf('signals.ndjson'));
    newest = Math.max(...seen.map((agent) => agent.last_seen), ...detected.map((signal) => signal.detected_at));
  });

  test("input patterns and daily trends are the server's", async () => {
    const url = await serve();
    const clock = createFakeClock(newest + 1, { autoAdvance: true });
    const { mirror, store } = createTempMirror(clock, { apiUrl: url, apiKey: 'dt_dev_test' });
    const client = createTestClient(url, clock);
    onTestFinished(() => client.close());
    const log = { info: () => {}, warn: () => {} };
    await runPass({ client, store, clock, log, settleSeconds: 300, concurrency: 2 });
    for (const { run_id } of z.array(z.object({ run_id: z.string() })).parse(rowsOf('runs.ndjson'))) {
      const detail = await getRunDetail(client, run_id);
      store.write(() => {
        const agent = store.agents.ensure(detail.run.row.agent_id);
        const content = store.content.policy();
        const events = goodRows(detail.events).map((event) => eventRow(event, content));
        store.runEvents.put(store.runs.putDetail(runRow(detail.run, content), agent, newest), events);
      });
    }
    // The server's window of 30 times 24 hours cuts its first day, which is whole here.
    const firstWholeDay = new Date((newest - 29 * 86_400) * 1000).toISOString().slice(0, 10);
    expect(Object.keys(insights).length).toBeGreaterThan(3);
    for (const [agentId, server] of Object.entries(insights)) {
      const ours = agentPatterns(mirror, agentId, { days: 90, end: newest + 1 });
      // The server lists rates below a half too; the answer does not, as they are noise.
      const theirInputs = server.input_patterns
        .filter(({ triggered_count, total_runs }) => triggered_count / total_runs >= 0.5)
        .map((row) => `${row.input_hash} ${row.failure_type} ${row.triggered_count}/${row.total_runs}`);
      expect(
        ours.inputs.patterns
          .map((row) => `${row.inputHash} ${row.failureType} ${row.affectedRuns}/${row.totalRuns}`)
          .toSorted(),
        agentId,
      ).toEqual(theirInputs.toSorted());
      const theirs = new Map<string, number>();
      for (const { failure_type: type, day, count } of server.signal_trends)
        if (day >= firstWholeDay) theirs.set(`${type} ${day}`, (theirs.get(`${type} ${day}`) ?? 0) + count);
      const trends = ours.trends.flatMap(({ failureType, counts }) =>
        counts.flatMap((count, index): [string, number][] => {
          const day = ours.dayNames[index] ?? '';
          return count > 0 && day >= firstWholeDay ? [[`${failureType} ${day}`, count]] : [];
        }),
      );
      expect(new Map(trends.toSorted()), agentId).toEqual(new Map([...theirs].toSorted()));
    }
  });
});
