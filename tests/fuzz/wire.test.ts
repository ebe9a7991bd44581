import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/clock.ts';
import { openMirror, openReader } from '../../src/db/open.ts';
import { ApiError } from '../../src/errors.ts';
import { createStore } from '../../src/mirror/store.ts';
import { runPass } from '../../src/sync/pass.ts';
import { trace } from '../chaos/server.ts';
import { type Bend, bend, bent } from '../support/bends.ts';
import { startBentApi } from '../support/bent-api.ts';
import { apart, createSides, unlikeRows } from '../support/compare.ts';
import { SampleBackend } from '../support/customer-api/backend.ts';
import { cases } from '../support/effort.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { fillToldFleet, hostileAgent, longRun } from '../support/told-fleet.ts';

/**
 * Whatever the API sends: no pass crashes or hangs, no answer is larger than it may be or claims to be equal to the API
 * where it is not, and no row is marked as gone. Once the API sends what it should, the mirror is equal to it.
 */

/** DUNETRACE_TEST_SEED repeats what failed. */
const { DUNETRACE_TEST_SEED: seed } = process.env;
const bodies = cases({ short: 500, long: 10_000 });
const maxBytes = 200_000;
const agentIds = ['research-agent', 'billing agent №7', hostileAgent];
const agent_id = 'research-agent';

const questions: [string, Record<string, unknown>][] = [
  ['list_agents', {}],
  ['search_signals', {}],
  ['search_signals', { query: 'loop' }],
  ['get_agent_signals', { agent_id }],
  ['get_signal_detail', { signal_id: 5 }],
  ['get_agent_runs', { agent_id }],
  ['get_run_detail', { run_id: longRun }],
  ['find_similar_runs', { run_id: longRun }],
  ['breakdown', { by: 'model', of: 'cost', since: '90d' }],
  ['breakdown', { by: 'failure_type', of: 'failures', agent_id }],
  ['get_agent_health', { agent_id }],
  ['get_agent_patterns', { agent_id }],
  ['get_failure_pattern_detail', { agent_id, failure_type: 'TOOL_LOOP' }],
  ['get_agent_token_stats', { agent_id }],
  ['summarize_agent', { agent_id }],
  ['get_whats_new', { since: '3d' }],
  ['list_policies', {}],
  ['query_mirror', { sql: 'select * from v_signals' }],
  ['get_mirror_status', {}],
];

const totalShape = z.object({ page: z.object({ total: z.int() }) });

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function setUp() {
  const backend = new SampleBackend({ generation: 2 });
  fillToldFleet(backend, Date.now() / 1000);
  let bends: readonly Bend[] = [];
  let count = 0;
  /** How many rows each list told of at last, by its path. */
  const totals = new Map<string, number>();
  const { url } = await startBentApi(backend, '', {
    page: (page, _, path) => {
      const sent = bent(page, bends);
      if (sent !== undefined) count += 1;
      const told = totalShape.safeParse(sent === undefined ? page : readable(sent));
      if (told.success) totals.set(path, told.data.page.total);
      else totals.delete(path);
      return sent ?? page;
    },
  });
  const place = createPlace(url, { DUNETRACE_POLL_SECONDS: '3600' });
  const connection = await connect(place);
  await askUntil(
    () => connection.call('list_agents'),
    (asked) => freshnessOf(asked).covered,
  );
  const owner = { apiUrl: url, apiKey: 'dt_dev_test' };
  const { mirror } = openMirror(place.file, owner, systemClock);
  const store = createStore(mirror);
  const reader = openReader(place.file, owner);
  const client = createTestClient(url, systemClock);
  onTestFinished(async () => {
    reader.close();
    mirror.close();
    await client.close();
  });
  const log = { info: () => {}, warn: () => {} };
  return {
    ...connection,
    backend,
    reader,
    totals,
    sent: () => count,
    bend: (to: readonly Bend[]) => {
      bends = to;
    },
    pass: () =>
      runPass(
        { client, store, clock: systemClock, log, settleSeconds: 300, concurrency: 4, pageSize: 4 },
        { full: true, rereads: true },
      ),
  };
}

test(`no body of ${bodies} that are not as they should be does harm`, async () => {
  const w = await setUp();
  const gone = w.reader.sqlite
    .prepare(
      `select 'agent ' || agent_id as row from v_agents where gone_at is not null
       union all select 'run ' || run_id from v_runs where gone_at is not null
       union all select 'signal ' || id from v_signals where gone_at is not null`,
    )
    .pluck();

  /** What the mirror lacks of the API, or has too much. */
  function isApart(of: readonly string[] = agentIds): unknown[] {
    const sides = createSides(() => w.reader, w.backend);
    return of.flatMap((agentId) =>
      (['runs', 'signals'] as const)
        .map((list) => {
          const rows = sides.live(list, agentId).length;
          const total = w.totals.get(`/v1/agents/${encodeURIComponent(agentId)}/${list}`);
          return { agentId, list, rows, total, ...apart(sides, list, agentId) };
        })
        .filter(({ rows, total, missing, surplus }) => rows !== total || missing.length + surplus.length > 0),
    );
  }

  async function ask([name, args]: [string, Record<string, unknown>]): Promise<void> {
    const { text, structured } = await w.call(name, args);
    const size = Buffer.byteLength(JSON.stringify(text)) + Buffer.byteLength(JSON.stringify(structured));
    expect(size, name).toBeLessThanOrEqual(maxBytes);
    expect(text.isWellFormed(), name).toBe(true);
    // An answer about one agent, or a run or signal of it, says nothing of the others' lists.
    const ofAgents = ['agent_id', 'run_id', 'signal_id'].some((one) => one in args) ? [agent_id] : agentIds;
    // A small list is none of theirs.
    const scope = name === 'list_policies' ? [] : ofAgents;
    if (text.includes('equal to the API')) expect(isApart(scope), `${name}: ${text.slice(-300)}`).toEqual([]);
  }

  async function check(bends: readonly Bend[], asked: readonly [string, Record<string, unknown>][]): Promise<void> {
    // A case has several bodies: these were enough.
    if (w.sent() >= bodies) return;
    w.bend(bends);
    await w.pass().catch((error: unknown) => expect(error).toBeInstanceOf(ApiError));
    expect(gone.all()).toEqual([]);
    for (const question of asked) await ask(question);
    w.bend([]);
    expect(await w.pass()).toMatchObject({ failures: [] });
    expect(gone.all()).toEqual([]);
    expect(isApart()).toEqual([]);
    const { found, expected } = unlikeRows(
      createSides(() => w.reader, w.backend),
      agentIds,
    );
    expect(found).toEqual(expected);
    expect(w.stderr()).not.toMatch(trace);
  }

  const asked = fc.shuffledSubarray(questions, { minLength: 2, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(bend, { minLength: 1, maxLength: 4 }), asked, check).beforeEach(() => w.bend([])),
    {
      numRuns: bodies,
      endOnFailure: true,
      ...(seed === undefined ? {} : { seed: Number(seed) }),
    },
  );
  expect(w.sent()).toBeGreaterThanOrEqual(bodies);
}, 1_800_000);
