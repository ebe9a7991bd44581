import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { createTableSql, handedId, handedTables } from '../../src/db/handed-tables.ts';
import { schemaVersion } from '../../src/db/migrate.ts';
import { openMirror } from '../../src/db/open.ts';
import { copyMirror } from '../../src/handover/copy.ts';
import { openSentFile } from '../../src/handover/sent-file.ts';
import { fillMirror } from '../../src/mirror/fill.ts';
import { emptyListState } from '../../src/mirror/list-state.ts';
import { createStore } from '../../src/mirror/store.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { testOwner } from '../support/temp-mirror.ts';

/** Files that another server might send: nothing in them is run, and nothing of a wrong one is taken. */

const clock = createFakeClock(1_780_000_000, { autoAdvance: true });

function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-sent-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [theirs, sentFile] = [join(folder, 'theirs.db'), join(folder, 'sent.db')];
  const { mirror } = openMirror(theirs, testOwner, clock);
  const store = createStore(mirror);
  store.write(() => {
    const agent = store.agents.ensure('a');
    const row = {
      ...{ runId: 'r1', agentVersion: 'v1', startedAt: 1_779_000_000, completedAt: 1_779_000_009, exitReason: 'done' },
      ...{ stepCount: 3, signalCount: 1, hasSignals: true, totalTokens: 5, costUsd: 0.5, extra: null },
    };
    store.runs.put(row, undefined, { agent, pass: 1 });
    const signal = {
      ...{ id: 7, runId: 'r1', failureType: 'TOOL_LOOP', severity: 'HIGH', agentVersion: 'v1', stepIndex: 2 },
      ...{ confidence: 0.5, detectedAt: 1_779_000_010, evidence: '{"tool":"search"}', alerted: true, shadow: false },
      ...{ coSignalCount: 0, title: 't', what: 'w', whyItMatters: 'y', evidenceSummary: 'e', suggestedFixes: '[]' },
      extra: null,
    };
    store.signals.put(signal, undefined, { agent, pass: 1 });
    store.runEvents.put(1, [
      {
        ...{ eventType: 'llm.called', stepIndex: 1, timestamp: 1_779_000_001, model: 'm', promptTokens: 4 },
        ...{ completionTokens: null, latencyMs: 20, toolName: null, success: null, inputHash: null },
        ...{ payload: '{"model":"m"}', parentRunId: null, extra: null },
      },
    ]);
    store.syncState.save({ ...emptyListState(agent, 'runs'), rows: 1 });
    store.serverHealth.put(agent, '{"components":{}}', clock.now());
    const id = { list: 'policies', owner: '' };
    const policy = { key: '1', at: null, body: '{"id":1,"agent_id":"*","created_at":1779000000}', extra: null };
    const sentRecords = { rows: [policy], unread: [], coveredFrom: 0, isJoined: false };
    store.records.put(id, sentRecords, { replaces: true, now: clock.now() });
    store.records.fail(id, { kind: 'server_error', message: 'x' }, clock.now());
  });
  mirror.close();
  copyMirror(theirs, sentFile);
  /** Changes the file as its sender might. */
  const spoil = (...statements: string[]) => {
    const sqlite = new Database(sentFile);
    sqlite.unsafeMode(true);
    for (const statement of statements) sqlite.exec(statement);
    sqlite.close();
  };
  /** Reads it as a taker does, into a mirror of its own. @returns what is in that. */
  const take = async (read = 'select id, evidence from v_signals') => {
    const sent = openSentFile(sentFile);
    const { mirror: ours } = openMirror(join(folder, 'ours.db'), testOwner, clock);
    try {
      await fillMirror(ours, sent, { clock, signal: new AbortController().signal, onRows: () => {} });
      return ours.sqlite.prepare(read).all();
    } finally {
      sent.close();
      ours.close();
    }
  };
  return { folder, theirs, sentFile, spoil, take };
}

const anew = (table: keyof typeof handedTables, change: (sql: string) => string) => [
  `drop table "${handedTables[table].name}"`,
  change(createTableSql(handedTables[table])),
];

test('one that nobody changed is taken', async () => {
  expect(await setUp().take()).toEqual([{ id: 7, evidence: '{"tool":"search"}' }]);
});

test('what was fetched in the future was fetched now, so that it is due again', async () => {
  const { spoil, take } = setUp();
  spoil(
    'update server_health set fetched_at = 4e9',
    'update runs set detail_at = 4e9',
    'update record_lists set read_at = 4e9, error_at = 4e9',
  );
  const times = 'select fetched_at, detail_at, read_at, error_at from server_health, runs, record_lists';
  const now = clock.now();
  expect(await take(times)).toEqual([{ fetched_at: now, detail_at: now, read_at: now, error_at: now }]);
});

const otherTables = 'its tables are not those of a mirror';

test.each<[string, string[], string]>([
  ['a trigger', ['create trigger t after insert on signals begin delete from runs; end'], otherTables],
  ['a view besides', ['create view v as select 1'], otherTables],
  [
    'a view in place of a table',
    ['drop table evidence', 'create view evidence as select 1 as key, 2 as body'],
    otherTables,
  ],
  ['a table besides', ['create table other (x)'], otherTables],
  ['an index over an expression', ['create index i on runs (length(extra))'], otherTables],
  ['a virtual table', ['drop table evidence', 'create virtual table evidence using fts5(key, body)'], otherTables],
  ['a missing table', ['drop table records'], otherTables],
  [
    'a computed column',
    anew('evidence', (sql) => sql.replace('"body" TEXT NOT NULL', '"body" TEXT NOT NULL AS (hex(zeroblob(9)))')),
    otherTables,
  ],
  ['a table of looser types', anew('evidence', (sql) => sql.replace(' STRICT', '')), otherTables],
  ['another program’s file', [`pragma application_id = ${handedId - 1}`], 'it has another form'],
  [
    'another version',
    [`pragma user_version = ${schemaVersion() + 1}`],
    `has schema ${schemaVersion() + 1}, and this program ${schemaVersion()}. Update dunetrace-mcp on both.`,
  ],
  ['a huge value', ['update evidence set body = json_quote(hex(zeroblob(9000000)))'], 'more than 16777216 bytes'],
  ['a time in the future', ['update signals set detected_at = 1e12'], 'signals.detected_at is no time'],
  ['a number without end', ['update signals set confidence = 9e999'], 'signals.confidence is no number'],
  [
    'a number too large',
    ['update runs set total_tokens = 9007199254740993'],
    'runs.total_tokens is too large a number',
  ],
  ['broken JSON', ["update evidence set body = '{'"], 'evidence.body is no JSON'],
  [
    'JSON nested too deep',
    [`update run_events set payload = '${'['.repeat(500)}${']'.repeat(500)}'`],
    'run_events.payload is nested deeper than 100 levels',
  ],
  ['an unknown list', ["update sync_state set list = 'agents'"], 'sync_state.list names no list'],
  ['a record that is none', ["update records set body = '{}'"], 'records.body is no such row'],
  ['a health score that is none', ["update server_health set body = '{}'"], 'server_health.body is no such row'],
  [
    'a run of too many events',
    [
      `with recursive n(n) as (select 1 union all select n + 1 from n where n < 100000)
       insert into run_events (run, seq, event_type, payload) select run, n, event_type, '{}' from run_events, n`,
    ],
    'a run of more than 100000 events',
  ],
  ['an empty id', ["update runs set run_id = ''"], 'runs.run_id is empty'],
  ['a secret that is none', ["update mirror_meta set content_secret = 'x'"], 'what it says of itself is malformed'],
  ['no word of itself', ['delete from mirror_meta'], 'what it says of itself is malformed'],
  ['a signal of no run', ['update signals set run = 99'], 'a row of signals names one of runs that is not there'],
  ['a code of no name', ['update runs set version = 99'], 'a row of runs names one of names that is not there'],
  [
    'evidence of no signal',
    ['update evidence set key = -99'],
    'a row of evidence names one of signals that is not there',
  ],
  ['events of no run', ['update run_events set run = 99'], 'a row of run_events names one of runs that is not there'],
  [
    'a list of no agent',
    ['update sync_state set agent = 99'],
    'a row of sync_state names one of agents that is not there',
  ],
  [
    'one id twice',
    [
      'insert into runs select 2, run_id, agent, version, started_at, completed_at, exit_reason, step_count, signal_count, has_signals, total_tokens, cost_usd, extra, events_expired, detail_at, gone_at, pass, place, input, conversation_id, detail_extra, is_undercounted from runs',
    ],
    'some have the same id',
  ],
  ['one number twice', ['insert into evidence select * from evidence'], "a row of evidence can't be stored"],
])('%s is refused', async (_, statements, why) => {
  const { spoil, take } = setUp();
  spoil(...statements);
  await expect(take()).rejects.toMatchObject({ kind: 'handed', message: expect.stringContaining(why) });
});

test.each<[string, (bytes: Buffer) => Buffer, string]>([
  ['a file that is no database', () => Buffer.from('<html>'), 'file is not a database'],
  ['an empty file', () => Buffer.alloc(0), 'it has another form'],
  ['a file that is cut off', (bytes) => bytes.subarray(0, bytes.length / 2), 'malformed'],
  [
    'a file with overwritten pages',
    (bytes) => {
      const spoiled = Buffer.from(bytes);
      spoiled.fill(0xa5, 4096 * 3 + 8, 4096 * 6);
      return spoiled;
    },
    '',
  ],
])('%s is refused', async (_, change, why) => {
  const { sentFile, take } = setUp();
  writeFileSync(sentFile, change(readFileSync(sentFile)));
  await expect(take()).rejects.toMatchObject({ kind: 'handed', message: expect.stringContaining(why) });
});

test('the mirror itself, as its file is, is no file to hand over', async () => {
  const { theirs, sentFile, take } = setUp();
  writeFileSync(sentFile, readFileSync(theirs));
  await expect(take()).rejects.toThrow('it has another form');
});
