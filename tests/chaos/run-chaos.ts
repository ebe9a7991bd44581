import { existsSync, readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/clock.ts';
import { identityOf } from '../../src/db/file.ts';
import { openReader } from '../../src/db/open.ts';
import { seededRandom } from '../../src/sample/random.ts';
import { apart, createSides, type Row, unlikeRows } from '../support/compare.ts';
import { type FakeCustomerApi, startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { harms } from '../support/harm.ts';
import { agentIds, type Change, createUpstream } from '../support/history.ts';
import { freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { mostWithin } from './budget.ts';
import { type Happening, type PlanOptions, planChaos, serverCount } from './plan.ts';
import { type ChaosServer, type EndBy, startServer, trace } from './server.ts';

export interface ChaosOptions extends PlanOptions {
  requestsPerMinute: number;
  /** Hears of each step as it is taken. */
  log: (line: string) => void;
}

/** The share of the request budget that harmed files may forget. Processes with budgets of their own would send twice as much. */
const forgotten = 0.2;

const checkShape = z.object({ differences: z.array(z.looseObject({ kind: z.string() })) });

/** What the API no longer tells of a run whose events are gone. */
const expiring = ['started_at', 'completed_at', 'step_count', 'total_tokens', 'cost_usd'] as const;

/** The API's side: what happens to it, and what goes wrong with it. */
function createWorld(api: FakeCustomerApi) {
  const upstream = createUpstream(api.backend, { ...systemClock, advance: () => {} });
  /** What a run had that expired since. */
  const before = new Map<unknown, Row>();
  const ending = new Set<() => void>();
  let outages = 0;

  /** Calls `end` after `ms`, or when all faults end. */
  function until(ms: number, end: () => void): void {
    const over = () => {
      ending.delete(over);
      clearTimeout(timer);
      end();
    };
    const timer = setTimeout(over, ms);
    ending.add(over);
  }

  return {
    before,
    change: (change: Change) => {
      if (change.do === 'expire runs')
        for (const row of agentIds.flatMap((id) => api.backend.runs(id)))
          if (row.started_at !== null)
            before.set(row.run_id, Object.fromEntries(expiring.map((name) => [name, row[name]])));
      upstream.change(change);
    },
    fault: ({ fault, share, ms, seed }: Extract<Happening, { do: 'fault' }>) => {
      const { chance } = seededRandom(seed);
      until(ms, api.fail(fault, { times: Number.POSITIVE_INFINITY, when: () => chance(share) }));
    },
    outage: async (ms: number) => {
      outages += 1;
      await api.stop();
      until(ms, () => {
        outages -= 1;
        if (outages === 0) void api.start();
      });
    },
    endFaults: async () => {
      for (const end of [...ending]) end();
      await api.start();
    },
  };
}

/** The processes whose environment names `folder`; none where the system does not tell. */
function processesOf(folder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

/** Plays a plan against real servers; lets things settle; holds the mirror against the API. @throws what is wrong. */
export async function runChaos({ requestsPerMinute, log, ...options }: ChaosOptions): Promise<void> {
  const api = await startFakeCustomerApi();
  const place = createPlace(api.url, {
    DUNETRACE_POLL_SECONDS: '1',
    DUNETRACE_TIMEOUT_SECONDS: '1',
    DUNETRACE_LIVE_BUDGET_MS: '500',
    DUNETRACE_EVENTS_DAYS: '30',
    DUNETRACE_RPM: String(requestsPerMinute),
  });
  const world = createWorld(api);
  const trouble: unknown[] = [];
  const pending = new Set<Promise<unknown>>();
  const servers: (ChaosServer | undefined)[] = [];
  const pids: number[] = [];
  const began = performance.now();
  let freezes = 0;
  /** The file that was harmed last: nobody expects it to be sound. */
  let harmed: string | undefined;
  /** Those that are to notice it, and are left in peace for so long: with all of them gone nobody could. */
  const noticing = new Set<ChaosServer>();
  const tell = (line: string) => log(`${((performance.now() - began) / 1000).toFixed(3)} ${line}`);

  function wrong(error: unknown): void {
    tell(`WRONG: ${error instanceof Error ? error.message : error}`);
    trouble.push(error);
  }

  function background(work: Promise<unknown>): void {
    const done = work.catch(wrong).finally(() => pending.delete(done));
    pending.add(done);
  }

  function startOne(index: number): void {
    const server = startServer(place, wrong);
    servers[index] = server;
    pids.push(server.pid);
    tell(`server ${index} is process ${server.pid}`);
  }

  function checkFile(): void {
    if (harmed !== undefined && identityOf(place.file) === harmed) return;
    const file = new Database(place.file, { readonly: true });
    try {
      expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
    } finally {
      file.close();
    }
  }

  async function replace(index: number, by: EndBy, ms: number): Promise<void> {
    const server = servers[index];
    if (!server) return;
    servers[index] = undefined;
    await server.end(by);
    checkFile();
    await systemClock.sleep(ms);
    startOne(index);
  }

  function take(what: Happening): void | Promise<void> {
    if (what.do === 'change') return world.change(what.change);
    if (what.do === 'fault') return world.fault(what);
    if (what.do === 'outage') return world.outage(what.ms);
    const server = servers[what.server];
    if (!server) return;
    if (what.do === 'harm') return harm(server, what);
    if (what.do !== 'call' && noticing.has(server)) return;
    if (what.do === 'kill') background(replace(what.server, 'SIGKILL', what.ms));
    else if (what.do === 'end') background(replace(what.server, what.by, what.ms));
    else if (what.do === 'call') background(server.call(what.call));
    else if (!server.isFrozen()) {
      freezes += 1;
      server.freeze();
      background(systemClock.sleep(what.ms).then(server.thaw));
    }
  }

  function harm(server: ChaosServer, { harm: name }: Extract<Happening, { do: 'harm' }>): void {
    const found = identityOf(place.file);
    // One at a time, and not between two files.
    if (server.isFrozen() || noticing.size > 0 || found === undefined || !existsSync(`${place.file}-shm`)) return;
    harmed = found;
    harms[name](place.file);
    noticing.add(server);
    const asked = server.call({ name: 'list_agents', args: {} });
    // A -wal that is in the file already is read by nobody: what becomes of it matters as little.
    const isNoticed = !name.includes('overwritten') && name !== '-wal cut to nothing';
    const checked = asked.then(() => isNoticed && expect(identityOf(place.file), name).not.toBe(found));
    background(checked.finally(() => noticing.delete(server)));
  }

  /** The API has signals that can't be read, and so no answer says that all is mirrored. */
  const hasBadRow = () => agentIds.some((id) => api.backend.signals(id).some((row) => row.failure_type === ''));

  /** All servers are up, nothing is under way, and each of them has seen the API as it is now. */
  async function settle(): Promise<void> {
    await world.endFaults();
    for (const server of servers) server?.thaw();
    await Promise.all(pending);
    for (const [index, server] of servers.entries()) {
      for (;;) {
        const answer = await server?.call({ name: 'refresh_mirror', args: {} });
        if (!answer) throw new Error(`server ${index} is gone`);
        const { stale, covered, source, note } = freshnessOf(answer);
        if (!stale && source === 'live' && (covered || hasBadRow())) break;
        tell(`server ${index} is not settled: ${note}`);
      }
    }
    const full = await run(['sync', '--full', '--quiet'], place);
    expect(full.code, full.stderr).toBe(hasBadRow() ? 6 : 0);
    expect(full.stderr).not.toMatch(trace);
    const check = await run(['sync', '--check', '--json'], place);
    const { differences } = checkShape.parse(JSON.parse(check.stdout));
    tell(`differences: ${JSON.stringify(differences)}`);
    expect(differences.filter(({ kind }) => kind !== 'unread')).toEqual([]);
    expect(check.code, check.stderr).toBe(hasBadRow() ? 6 : 0);
  }

  function checkEqual(): void {
    const config = { apiUrl: api.url, apiKey: 'dt_dev_test' };
    const reader = openReader(place.file, config);
    try {
      const sides = createSides(() => reader, api.backend);
      // A run that expired before the mirror saw it is as the API tells it.
      const seen = sides.view('runs').flatMap((row) => (row.started_at === null ? [] : [row.run_id]));
      const kept = new Map(
        seen.flatMap((id) => (world.before.has(id) ? [[id, world.before.get(id) ?? {}] as const] : [])),
      );
      // A mirror that was filled anew has never heard of an agent that the API lists no more, though it has signals.
      const known = new Set([...sides.view('agents'), ...sides.listed()].map((row) => row.agent_id));
      for (const agentId of agentIds.filter((id) => known.has(id)))
        for (const list of ['runs', 'signals'] as const)
          expect({ agentId, list, ...apart(sides, list, agentId) }).toEqual({
            agentId,
            list,
            missing: [],
            surplus: [],
          });
      const { found, expected } = unlikeRows(sides, agentIds, kept);
      expect(found).toEqual(expected);
    } finally {
      reader.close();
    }
  }

  for (let index = 0; index < serverCount; index += 1) startOne(index);
  await Promise.all(servers.map((server) => server?.call({ name: 'get_mirror_status', args: {} })));
  const start = performance.now();
  for (const { at, what } of planChaos(options)) {
    const wait = start + at - performance.now();
    if (wait > 0) await systemClock.sleep(wait);
    tell(JSON.stringify(what));
    await take(what);
    if (trouble.length > 0) break;
  }
  tell('the faults end');
  await settle().catch(wrong);
  tell('settled');
  expect(trouble).toEqual([]);
  checkEqual();
  for (const server of servers) await server?.end('SIGTERM');
  harmed = undefined;
  checkFile();
  expect(processesOf(place.folder)).toEqual([]);
  tell(`${api.requests.length} requests, ${pids.length} processes, ${freezes} of them held still`);
  // A second less than a minute: what a process sends late, by being held still, counts as sent when it should have been.
  const most = mostWithin(
    api.requests.map(({ at }) => at),
    59_000,
  );
  tell(`at most ${most} requests in a minute`);
  // A file that is harmed forgets what a process sent that is killed, or held still, at that moment: nobody else knew it.
  expect(most).toBeLessThanOrEqual(requestsPerMinute * (1 + forgotten));
}
