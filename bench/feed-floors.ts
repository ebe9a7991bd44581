import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Agent } from 'undici';
import { z } from 'zod';
import { systemClock } from '../src/clock.ts';
import { openMirror } from '../src/db/open.ts';
import { overlap } from '../src/sync/plan.ts';
import type { FeedApi } from './feed-source.ts';
import { benchKey } from './world.ts';

/** What a first sync can't be faster than: its two halves, each done by nothing but the library that it needs. */

const pageSize = 500;
/** As many as the syncer has on the way. */
const lanes = 4;

const listing = z.object({
  agents: z.array(z.object({ agent_id: z.string(), run_count: z.number(), signal_count: z.number() })),
});
type Listed = z.infer<typeof listing>['agents'][number];

/** The pages that a first sync asks for, an agent's after another's. */
function pagesOf({ agent_id, run_count, signal_count }: Listed): string[] {
  const counts = { runs: run_count, signals: signal_count };
  return Object.entries(counts).flatMap(([list, count]) => {
    const pages = Math.max(1, Math.ceil((count - overlap) / (pageSize - overlap)));
    return Array.from(
      { length: pages },
      (_, page) => `/v1/agents/${agent_id}/${list}?offset=${page * (pageSize - overlap)}&limit=${pageSize}`,
    );
  });
}

/** Gets all pages, and does nothing with them. */
export async function plainPull({ url }: FeedApi): Promise<void> {
  const dispatcher = new Agent();
  const get = async (path: string) => {
    const { statusCode, body } = await dispatcher.request({ origin: url, path, method: 'GET' });
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
    return body;
  };
  const listed = listing.parse(await (await get('/v1/agents?offset=0&limit=500')).json());
  const pages = listed.agents.flatMap(pagesOf);
  const lane = async () => {
    for (let page = pages.shift(); page; page = pages.shift()) await (await get(page)).arrayBuffer();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await dispatcher.close();
}

type Row = unknown[];

interface Insert {
  table: string;
  row: Row;
}

/** The rows of a mirror in an order in which a first sync may have brought them: a page of an agent's after a page of another's. */
export interface RawRows {
  columns: ReadonlyMap<string, number>;
  /** For one transaction each. */
  batches: Insert[][];
}

export function rawRows(file: string): RawRows {
  const sqlite = new Database(file, { readonly: true });
  const all = (table: string, order = '1') =>
    sqlite.prepare<[], Row>(`select * from ${table} order by ${order}`).raw().all();
  const inserts = (table: string, rows: Row[]): Insert[] => rows.map((row) => ({ table, row }));
  const columns = new Map(
    ['names', 'agents', 'explanations', 'runs', 'signals', 'evidence'].map((table) => [
      table,
      sqlite.prepare(`select * from ${table}`).columns().length,
    ]),
  );
  const pageOf = (newest: string) =>
    `row_number() over (partition by agent order by ${newest}) / ${pageSize}, agent, ${newest}`;
  const evidence = new Map(all('evidence').map((row) => [row[0], row]));
  const withEvidence = (row: Row): Insert[] => {
    const found = evidence.get(row[0]);
    return [{ table: 'signals', row }, ...(found ? [{ table: 'evidence', row: found }] : [])];
  };
  const paged = <Item>(items: Item[]) =>
    Array.from({ length: Math.ceil(items.length / pageSize) }, (_, page) =>
      items.slice(page * pageSize, (page + 1) * pageSize),
    );
  const batches = [
    ['names', 'agents', 'explanations'].flatMap((table) => inserts(table, all(table))),
    ...paged(inserts('runs', all('runs', pageOf('completed_at desc')))),
    ...paged(all('signals', pageOf('key'))).map((rows) => rows.flatMap(withEvidence)),
  ];
  sqlite.close();
  return { columns, batches };
}

/** Inserts the rows into an empty mirror's tables, `isSearchable` with the full-text index; gives the file up for whole. */
export function prepareRawInsert(file: string, isSearchable: boolean): (rows: RawRows) => void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  openMirror(file, { apiUrl: 'http://127.0.0.1', apiKey: benchKey }, systemClock).mirror.close();
  const sqlite = new Database(file);
  sqlite.pragma('synchronous = NORMAL');
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('wal_autocheckpoint = 10000');
  return ({ columns, batches }) => {
    const statements = new Map(
      [...columns].map(([table, count]) => [
        table,
        sqlite.prepare(`insert into ${table} values (${Array.from({ length: count }, () => '?').join()})`),
      ]),
    );
    const addWords = sqlite.prepare(
      'insert into evidence_fts (rowid, body) select value ->> 0, value ->> 1 from json_each(?)',
    );
    const insert = sqlite.transaction((batch: Insert[]) => {
      for (const { table, row } of batch) statements.get(table)?.run(row);
      if (isSearchable)
        addWords.run(JSON.stringify(batch.flatMap(({ table, row }) => (table === 'evidence' ? [row] : []))));
    });
    for (const batch of batches) insert.immediate(batch);
    sqlite.close();
  };
}
