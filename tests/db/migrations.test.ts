import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { movedAside } from '../../src/db/file.ts';
import { kindOf, schemaVersion } from '../../src/db/migrate.ts';
import { openMirror, openReader } from '../../src/db/open.ts';

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
    'src/db/{schema,day-tables,process-tables,sync-tables,views,record-views}.ts',
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

/** A file of ours with another schema: its version is all that is known of it. */
function mirrorOfVersion(file: string, version: number): void {
  openMirror(file, owner, clock).mirror.close();
  const sqlite = new Database(file);
  sqlite.pragma(`user_version = ${version}`);
  sqlite.close();
}

test('a mirror from before the first release is moved aside, named, and begun anew', () => {
  const file = join(folder, 'mirror.db');
  for (const version of [1, 13, 100]) {
    mirrorOfVersion(file, version);
    expect(() => openReader(file, owner)).toThrow(/by an unreleased dunetrace-mcp.*`dunetrace-mcp sync`/);
    const before = movedAside(file);
    const { mirror, warning } = openMirror(file, owner, clock);
    const [moved = ''] = movedAside(file).filter((name) => !before.includes(name));
    expect(warning).toContain(`was written by an unreleased dunetrace-mcp. It was moved to ${moved}`);
    expect(mirror.sqlite.pragma('user_version', { simple: true })).toBe(schemaVersion());
    expect(statSync(moved).size).toBeGreaterThan(0);
    mirror.close();
  }
  expect(movedAside(file)).toHaveLength(3);
});

test('one of a newer schema is left as it is', () => {
  const file = join(folder, 'mirror.db');
  mirrorOfVersion(file, schemaVersion() + 1);
  expect(() => openMirror(file, owner, clock)).toThrow(/newer dunetrace-mcp/);
  expect(movedAside(file)).toEqual([]);
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

test('a mirror that another process makes at this moment is not taken for the file of another program', () => {
  const file = join(folder, 'mirror.db');
  const owner = { apiUrl: 'http://x', apiKey: 'k' };
  const clock = { now: () => 1778678340.5, monotonic: () => 0, sleep: async () => {} };
  /** A connection between whose first look and its next ones another one makes the mirror. */
  class Interrupted extends Database {
    override pragma(source: string, options?: Database.PragmaOptions): unknown {
      const found = super.pragma(source, options);
      if (source === 'application_id') openMirror(file, owner, clock).mirror.close();
      return found;
    }
  }
  const empty = new Database(file);
  empty.pragma('journal_mode = WAL');
  const looking = new Interrupted(file);
  expect(kindOf(looking)).toEqual({ isOurs: false, hasNoTables: true, version: 0 });
  looking.close();
  expect(kindOf(empty)).toEqual({ isOurs: true, hasNoTables: false, version: schemaVersion() });
  empty.close();
});
