import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import {
  askUntil,
  connect,
  connectHttp,
  freshnessOf,
  type McpConnection,
  type ToolAnswer,
} from '../support/mcp-client.ts';
import { createPlace, type Place, run } from '../support/program.ts';
import { scoresAsked } from '../support/scores.ts';
import { bloatedRun, cleanRun, fillToldFleet, hostileRun, hostileShown, longRun } from '../support/told-fleet.ts';

/**
 * Every tool's whole answers, in every state of mirror and API, are the same over both transports. What they say is in
 * snapshots/, for people to read: `vitest run tests/mcp/tools.test.ts -u` writes them anew.
 */

type Call = readonly [name: string, args?: Record<string, unknown>];

const agent_id = 'research-agent';

const everyTool: readonly Call[] = [
  ['list_agents'],
  ['get_agent_signals', { agent_id }],
  ['get_signal_detail', { signal_id: 4 }],
  ['get_agent_health', { agent_id }],
  ['get_run_detail', { run_id: longRun }],
  ['search_signals'],
  ['get_agent_patterns', { agent_id }],
  ['summarize_agent', { agent_id }],
  ['get_agent_runs', { agent_id }],
  ['get_agent_token_stats', { agent_id }],
  ['compare_runs', { run_id_1: longRun, run_id_2: bloatedRun }],
  ['find_similar_runs', { run_id: longRun }],
  ['breakdown', { by: 'failure_type', of: 'failures' }],
  ['compare_versions', { agent_id }],
  ['get_whats_new'],
  ['search_issues'],
  ['list_agent_issues', { agent_id }],
  ['list_agent_fixes', { agent_id }],
  ['get_fix_status', { signal_id: 4 }],
  ['list_conversations'],
  ['list_approvals'],
  ['list_policies', { agent_id }],
  ['list_custom_detectors'],
  ['query_mirror', { sql: 'SELECT agent_id, count(*) AS runs FROM v_runs GROUP BY agent_id ORDER BY 2 DESC, 1' }],
  ['get_mirror_status'],
];

/** Text and structured content, without what differs from run to run. */
function stable({ folder }: Place, apiUrl: string, { text, structured, isError }: ToolAnswer): string {
  const whole = `${text}\n${isError ? '(isError)' : JSON.stringify(structured)}`;
  expect(whole).not.toContain('a bug in dunetrace-mcp');
  return (
    whole
      // Said from the third failed pass on, however far the calls have come by then.
      .replaceAll(/ Down since [^;]*; (?:next try at [\d:]+|trying now)\./g, '')
      .replaceAll(/ until \d\d:\d\d:\d\d UTC/g, ' until <time>')
      .replaceAll(folder, '<folder>')
      .replaceAll(apiUrl, '<api>')
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '<time>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/ \d{4}-\d\d-\d\d\b/g, ' <date>')
      .replaceAll(/"\d{4}-\d\d-\d\d"/g, '"<date>"')
      .replaceAll(/\b\d\d-\d\d to \d\d-\d\d\b/g, '<days>')
      .replaceAll(/ since \d\d-\d\d \(UTC\)/g, ' since <day> (UTC)')
      .replaceAll(/worst day \d\d-\d\d:/g, 'worst day <day>:')
      .replaceAll(/(?<=signals |<days>: )\d+(?: \d+){6,13}/g, (counts) => `<sum ${sum(counts)}>`)
      .replaceAll(/(just now|\b\d+s ago)/g, '<age>')
      .replaceAll(/, \d+s old\./g, ', <age> old.')
      .replaceAll(/"age_seconds":\d+/g, '"age_seconds":<age>')
      .replaceAll(/(cursor"?[=:]")[\w-]+/g, '$1<cursor>')
      .replaceAll(/hmac:[0-9a-f]{16}/g, 'hmac:<hash>')
      .replaceAll(/"bytes":\d+/g, '"bytes":<bytes>')
      .replaceAll(/"schema_version":\d+/g, '"schema_version":<version>')
      .replaceAll(/\([\d.]+ [kM]?B\)/g, '(<size>)')
      .replaceAll(/process \d+ on [^,]+,/g, 'process <pid> on <host>,')
      .replaceAll(/"pid":\d+,"host":"[^"]*"/g, '"pid":<pid>,"host":"<host>"')
      .replaceAll(/"seconds":[\d.]+/g, '"seconds":<seconds>')
      .replaceAll(/(requests?), [\d.]+s/g, '$1, <seconds>')
  );
}

const sum = (numbers: string) =>
  numbers
    .trim()
    .split(/\s+/)
    .reduce((total, number) => total + Number(number), 0);

interface Scene extends Pick<McpConnection, 'call'> {
  api: Awaited<ReturnType<typeof startFakeCustomerApi>>;
  place: Place;
  /** The answers to these calls, as one text. */
  tell(calls: readonly Call[]): Promise<string>;
}

interface SceneOptions {
  env?: Record<string, string>;
  /** Before the server is started. */
  before?: (scene: Pick<Scene, 'api' | 'place'>) => Promise<void>;
}

async function setUp(connectVia: typeof connect, { env = {}, before }: SceneOptions = {}): Promise<Scene> {
  const api = await startFakeCustomerApi();
  fillToldFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, env);
  await before?.({ api, place });
  const { call } = await connectVia(place);
  const tell = async (calls: readonly Call[]) => {
    const told: string[] = [];
    for (const [name, args = {}] of calls) {
      const answer = await call(name, args);
      told.push(`━━━ ${name} ${JSON.stringify(args)}\n${stable(place, api.url, answer)}\n`);
    }
    return told.join('\n');
  };
  return { api, place, call, tell };
}

const covered = ({ call }: Scene) =>
  askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );

/** Fills the mirror, and makes it two hours older than it is. */
async function age({ place }: Pick<Scene, 'place'>): Promise<void> {
  await run(['sync', '--quiet'], place);
  const mirror = new Database(place.file);
  mirror.exec('update fleet_state set synced_at = synced_at - 7200, completed_at = completed_at - 7200');
  mirror.close();
}

const overStdio = ['stdio', connect] as const;
const overHttp = ['HTTP', connectHttp] as const;

describe.each(isLong ? [overStdio, overHttp] : [overStdio])('over %s', (_, connectVia) => {
  test('every tool tells all there is', async () => {
    const scene = await setUp(connectVia);
    await covered(scene);
    // Nothing that the server does by itself is left: neither scores to be stored, nor requests to be counted.
    await scoresAsked(scene.api);
    await askUntil(
      () => scene.call('get_agent_health', { agent_id }),
      ({ text }) => text.includes('server, '),
    );
    const more: Call[] = [
      ['get_run_detail', { run_id: `http://localhost:3000/runs/${longRun}`, events_from: 40 }],
      ['get_run_detail', { run_id: cleanRun.slice(0, 8) }],
      ['get_agent_signals', { agent_id, severity: 'low' }],
      ['get_agent_signals', { agent_id, limit: 1 }],
      ['get_agent_runs', { agent_id, has_signals: false }],
      ['get_agent_runs', { agent_id, limit: 1000 }],
      ['search_signals', { query: '"web_search called" tool_l*', severity: 'HIGH', since_hours: 24, limit: 0 }],
      ['search_signals', { failure_type: 'tool-lop' }],
      ['search_signals', { until_hours: 24, agent_version: '2.0.1' }],
      ['get_agent_patterns', { agent_id, days: 365 }],
      ['get_failure_pattern_detail', { agent_id, failure_type: 'tool-loop' }],
      ['get_signal_detail', { signal_id: '#3', agent_id: 'billing agent №7' }],
      ['compare_runs', { run_id_1: `http://localhost:3000/runs/${cleanRun}`, run_id_2: longRun.slice(0, 8) }],
      ['get_whats_new'],
      ['search_signals', { input_hash: 'e47617d3a1b2c3d4' }],
      ['get_agent_runs', { agent_id, input_hash: 'e47617d3a1b2c3d4' }],
      ['find_similar_runs', { run_id: cleanRun, limit: 1 }],
      ['breakdown', { by: 'version', of: 'failures' }],
      ['breakdown', { by: 'tool', of: 'failures', agent_id }],
      ['breakdown', { by: 'models', of: 'tokens', since: '24h' }],
      ['breakdown', { by: 'failure_type', of: 'cost', since: '30d', limit: 1 }],
      ['get_whats_new', { since: '7d' }],
      ['query_mirror', { sql: 'SELECT id, title, evidence FROM v_signals ORDER BY id', limit: 1 }],
      ['query_mirror', { sql: 'SELECT id FROM v_signals WHERE 0', limit: 1000 }],
      ['get_instrumentation_guide', { framework: 'tools' }],
      ['refresh_mirror'],
      ['refresh_mirror', { agent_id }],
    ];
    await expect(await scene.tell([...everyTool, ...more])).toMatchFileSnapshot('snapshots/all.txt');
  });

  test('what agents send steers nothing, where their texts are shown', async () => {
    const scene = await setUp(connectVia, { env: { DUNETRACE_CONTENT: 'keep' } });
    await covered(scene);
    const told = await scene.tell([
      ['get_signal_detail', { signal_id: 2 }],
      ['summarize_agent', { agent_id: hostileShown }],
      ['get_run_detail', { run_id: hostileRun }],
      ['query_mirror', { sql: 'SELECT agent_id, title FROM v_signals WHERE id = 2' }],
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
    expect(told).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    await expect(told).toMatchFileSnapshot('snapshots/hostile.txt');
  });

  test('a mirror of a backend that has nothing', async () => {
    const scene = await setUp(connectVia, { before: async ({ api }) => api.backend.wipe() });
    await covered(scene);
    await expect(await scene.tell(everyTool)).toMatchFileSnapshot('snapshots/empty.txt');
  });

  test('a stale mirror, and an API that does not answer in time', async () => {
    const scene = await setUp(connectVia, {
      env: { DUNETRACE_LIVE_BUDGET_MS: '20' },
      before: async ({ api, place }) => {
        await age({ place });
        for (let n = 0; n < 50; n += 1) api.hold();
      },
    });
    await expect(await scene.tell(everyTool)).toMatchFileSnapshot('snapshots/stale.txt');
  });

  test('an API that is gone', async () => {
    const scene = await setUp(connectVia, {
      before: async ({ api, place }) => {
        await age({ place });
        await api.stop();
      },
    });
    await askUntil(
      () => scene.call('get_mirror_status'),
      (answer) => freshnessOf(answer).note !== undefined,
    );
    await expect(
      await scene.tell([
        ...everyTool,
        ['get_run_detail', { run_id: bloatedRun }],
        ['get_run_detail', { run_id: 'no-such-run' }],
        ['get_signal_detail', { signal_id: 99 }],
        ['summarize_agent', { agent_id: 'nobody' }],
        ['refresh_mirror'],
      ]),
    ).toMatchFileSnapshot('snapshots/offline.txt');
  });

  test.each([
    ['unauthorized', { kind: 'status', status: 401 }],
    ['limiting the rate', { kind: 'status', status: 429, retryAfter: '300' }],
    ['failing', { kind: 'status', status: 500 }],
    ['no Customer API', { kind: 'html' }],
  ] as const)('an API that is %s is named', async (name, fault) => {
    const scene = await setUp(connectVia, {
      before: async ({ api, place }) => {
        await age({ place });
        api.fail(fault, { times: 1_000_000 });
      },
    });
    await askUntil(
      () => scene.call('get_mirror_status'),
      (answer) => freshnessOf(answer).note !== undefined,
    );
    const told = await scene.tell([['search_signals', { severity: 'CRITICAL' }], ['refresh_mirror']]);
    await expect(told).toMatchFileSnapshot(`snapshots/${name.replaceAll(' ', '-').toLowerCase()}.txt`);
  });

  test('an agent whose lists can not be read', async () => {
    const scene = await setUp(connectVia, {
      before: async ({ api, place }) => {
        const runId = '66666666-6666-4666-8666-666666666666';
        const startedAt = Date.now() / 1000 - 40 * 3600;
        const partly = { runId, agentId: 'support/eu', agentVersion: 'v1', startedAt, completedAt: startedAt + 2 };
        api.backend.ingestRun({ ...partly, exitReason: 'run.completed' });
        api.backend.analyse(runId, [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 1 }]);
        await run(['sync', '--quiet'], place);
      },
    });
    const slashed = { agent_id: 'support/eu' };
    await expect(
      await scene.tell([
        ['list_agents'],
        ['get_agent_signals', slashed],
        ['get_agent_runs', slashed],
        ['summarize_agent', slashed],
        ['get_agent_health', slashed],
        ['get_agent_patterns', slashed],
        ['search_signals', { severity: 'HIGH', limit: 1 }],
        ['refresh_mirror', slashed],
      ]),
    ).toMatchFileSnapshot('snapshots/partial.txt');
  });

  test('things that are not there, and arguments that do not fit', async () => {
    const scene = await setUp(connectVia);
    await covered(scene);
    await expect(
      await scene.tell([
        ['summarize_agent', { agent_id: 'reserch-agent' }],
        ['search_signals', { agent_id: 'nobody' }],
        ['get_agent_patterns', { agent_id, days: 1.5 }],
        ['get_failure_pattern_detail', { agent_id, failure_type: 'TOOL_LOP' }],
        ['get_failure_pattern_detail', { agent_id: 'billing agent №7', failure_type: 'xyz' }],
        ['get_signal_detail', { signal_id: 99 }],
        ['get_signal_detail', { signal_id: 3, agent_id }],
        ['get_signal_detail', { signal_id: 'forty-two' }],
        ['get_signal_detail', { signal_id: -1 }],
        ['get_run_detail', { run_id: '99999999' }],
        ['get_run_detail', { run_id: 'http://localhost:3000/agents/x' }],
        ['get_run_detail', { run_id: longRun, events_from: 43 }],
        ['get_run_detail', { run_id: longRun, events_from: -1 }],
        ['compare_runs', { run_id_1: longRun }],
        ['compare_runs', { run_id_1: longRun, run_id_2: longRun.slice(0, 8) }],
        ['compare_runs', { run_id_1: longRun, run_id_2: '99999999' }],
        ['compare_versions', { agent_id, a: 'v9' }],
        ['compare_versions', { agent_id, a: '2.0.1', b: 'v2.0.1' }],
        ['get_whats_new', { since: 'yesterday' }],
        ['get_whats_new', { since: '2999-01-01' }],
        ['query_mirror', { sql: 'SELECT * FROM v_signal' }],
        ['query_mirror', { sql: 'SELECT agentid FROM v_runs' }],
        ['query_mirror', { sql: 'DELETE FROM runs' }],
        ['query_mirror', { sql: 'SELEC 1' }],
        ['query_mirror', { query: 'SELECT 1' }],
        ['get_agent_runs', { agentid: agent_id }],
        ['get_agent_runs', { agent_id, has_signals: 'yes' }],
        ['get_agent_signals', { agent_id, severity: 'BAD' }],
        ['get_agent_signals', { agent_id, limit: 'twenty' }],
        ['get_agent_signals', { agent_id, cursor: 'made up' }],
        ['search_signals', { query: '*' }],
        ['search_signals', { query: 'a '.repeat(21) }],
        ['search_signals', { query: 'x'.repeat(3000) }],
        ['search_signals', { since_hours: 0 }],
        ['find_similar_runs', { run_id: '99999999' }],
        ['breakdown', { by: 'tool', of: 'cost' }],
        ['breakdown', { by: 'failure-type', of: 'runs' }],
        ['breakdown', { by: 'agent', of: 'money' }],
        ['breakdown', { by: 'hour', of: 'runs', agent_id: 'nobody' }],
        ['search_signals', { since_hours: 5, until_hours: 24 }],
        ['get_instrumentation_guide', { framework: 'cobol' }],
        ['refresh_mirror', { agent_id: 'nobody' }],
        ['get_mirror_status', { verbose: true }],
        ['list_agent'],
      ]),
    ).toMatchFileSnapshot('snapshots/refused.txt');
  });

  test('a setting that is wrong is what every answer says, but for the guides', async () => {
    const scene = await setUp(connectVia, { env: { DUNETRACE_API_KEY: '$' + '{DUNETRACE_API_KEY}' } });
    const told = await scene.tell([...everyTool, ['refresh_mirror']]);
    await expect(told).toMatchFileSnapshot('snapshots/misconfigured.txt');
    expect((await scene.call('get_instrumentation_guide', { framework: 'python' })).isError).toBe(false);
  });
});
