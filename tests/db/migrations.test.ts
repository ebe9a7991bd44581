import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMirror } from '../../src/db/open.ts';
import { areCountsRight } from '../../src/mirror/recount.ts';
import { parseTerms } from '../../src/queries/full-text.ts';
import { countSignals } from '../../src/queries/signals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunetrace-migrations-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Has drizzle-kit write into `out` what leads from the migrations there to the schema; @returns what it said. */
function generate(out: string): string {
  const kit = join(root, 'node_modules', 'drizzle-kit', 'bin.cjs');
  const options = [
    '--dialect',
    'sqlite',
    '--schema',
    'src/mirror/{schema,counts,process-tables,views}.ts',
    '--out',
    relative(root, out),
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [kit, 'generate', ...options], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const filesBelow = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();

test('the committed migrations lead to the schema; if not, run `npm run db:generate`', () => {
  cpSync(join(root, 'migrations'), join(folder, 'migrations'), { recursive: true });
  const committed = filesBelow(join(folder, 'migrations'));
  expect(generate(join(folder, 'migrations'))).toContain('No schema changes');
  expect(filesBelow(join(folder, 'migrations'))).toEqual(committed);
});

test('without migrations, one would be written: the test above can fail', () => {
  generate(join(folder, 'none'));
  expect(filesBelow(join(folder, 'none'))).toContain(join('meta', '_journal.json'));
});

const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
const owner = { apiUrl: 'http://x', apiKey: 'k' };

/** A mirror file as the first `count` migrations made it. */
function oldMirror(file: string, count: number): Database.Database {
  const current = openMirror(join(folder, 'current.db'), owner, clock).mirror;
  const applicationId = current.sqlite.pragma('application_id', { simple: true });
  const meta = current.sqlite.prepare('select * from mirror_meta').raw().get();
  current.close();
  const old = new Database(file);
  const migrations = filesBelow(join(root, 'migrations')).filter((name) => name.endsWith('.sql'));
  old.function('body_hash', (body) => Buffer.from(String(body)));
  for (const name of migrations.slice(0, count)) {
    const text = readFileSync(join(root, 'migrations', name), 'utf8');
    for (const statement of text.split('--> statement-breakpoint')) old.exec(statement);
  }
  old.pragma(`application_id = ${applicationId}`);
  old.pragma(`user_version = ${count}`);
  old.prepare('insert into mirror_meta values (?, ?, ?, ?, ?, ?)').run(meta);
  return old;
}

test('a mirror of the first schema is brought up to date, and keeps its evidence, now searchable', () => {
  const file = join(folder, 'mirror.db');
  const old = oldMirror(file, 1);
  old.exec(`insert into agents (id, agent_id, pass) values (1, 'a', 1);
    insert into runs (id, run_id, agent, pass) values (1, 'r', 1, 1);
    insert into names values (1, 'TOOL_LOOP'), (2, 'HIGH');`);
  const signal = old.prepare(
    'insert into signals (key, agent, run, failure_type, severity, detected_at, evidence, pass) values (?, 1, 1, 1, 2, 5, ?, 1)',
  );
  for (const [key, evidence] of [
    [-1, '{"tool":"web_search"}'],
    [-2, '{"tool":"web_search"}'],
    [-3, null],
  ])
    signal.run(key, evidence);
  old.close();
  const { mirror } = openMirror(file, owner, clock);
  const evidence = mirror.sqlite.prepare('select id, evidence from v_signals order by id').raw().all();
  expect(evidence).toEqual([
    [1, '{"tool":"web_search"}'],
    [2, '{"tool":"web_search"}'],
    [3, null],
  ]);
  expect(mirror.sqlite.prepare('select count(*) from texts').pluck().get()).toBe(1);
  expect(countSignals(mirror, { terms: parseTerms('web_search tool_loop') })).toBe(2);
  expect(areCountsRight(mirror.sqlite)).toBe(true);
  expect(mirror.sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
  mirror.close();
});

test('the calls in events that were mirrored before are summed up', () => {
  const file = join(folder, 'mirror.db');
  const old = oldMirror(file, 4);
  old.exec(`insert into agents (id, agent_id, pass) values (1, 'a', 1);
    insert into runs (id, run_id, agent, pass) values (1, 'r', 1, 1), (2, 'no call', 1, 1), (3, 'no event', 1, 1);
    insert into names values (1, 'llm.called'), (2, 'llm.responded'), (3, 'run.started'), (4, 'gpt-4o'), (5, 'own');`);
  const event = old.prepare(
    `insert into run_events (run, seq, event_type, model, prompt_tokens, completion_tokens, latency_ms, payload)
      values (?, ?, ?, ?, ?, ?, ?, '{}')`,
  );
  for (const row of [
    [1, 0, 3, null, null, null, null],
    [1, 1, 2, 5, 7, null, 3],
    [1, 2, 1, 4, 100, null, null],
    [1, 3, 2, null, 900, 20, 0.5],
    [1, 4, 1, 4, null, null, 1e300],
    [1, 5, 1, 4, null, null, null],
    [2, 0, 3, null, null, null, null],
  ])
    event.run(row);
  old.close();
  const { mirror } = openMirror(file, owner, clock);
  expect(mirror.sqlite.prepare('select * from run_sums order by run, model').raw().all()).toEqual([
    [1, 4, 3, 1, 100, 1, 20, 9007199254740991 + 500, 2],
    [1, 5, 1, 1, 7, 1, 0, 3000, 1],
    [2, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);
  mirror.close();
});

describe('the views are a promise: their columns only grow', () => {
  const agent = 'agent_id last_seen run_count signal_count critical_count high_count sparkline failure_types';
  const run = `run_id agent_id agent_version started_at completed_at exit_reason step_count signal_count has_signals
    total_tokens cost_usd`;
  const signal = `id failure_type severity run_id agent_id agent_version step_index confidence detected_at evidence
    alerted shadow co_signal_count title what why_it_matters evidence_summary suggested_fixes`;
  const event = 'run_id agent_id event_type step_index timestamp payload parent_run_id';

  const promised: [string, string][] = [
    ['v_agents', `${agent} last_seen_iso gone_at gone_at_iso extra`],
    ['v_runs', `${run} started_at_iso completed_at_iso events_expired gone_at gone_at_iso extra`],
    ['v_signals', `${signal} detected_at_iso gone_at gone_at_iso extra`],
    ['v_run_events', `${event} seq timestamp_iso events_expired gone_at gone_at_iso extra`],
  ];

  test.each(promised)('%s', (view, columns) => {
    const { mirror } = openMirror(join(folder, 'mirror.db'), owner, clock);
    const present = mirror.sqlite.prepare('select name from pragma_table_info(?)').pluck().all(view);
    // A view of which a column is missing below can be listed, but not read.
    expect(mirror.sqlite.prepare(`select * from ${view}`).all()).toEqual([]);
    mirror.close();
    expect(present).toEqual(expect.arrayContaining(columns.split(/\s+/)));
  });
});
