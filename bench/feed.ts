import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { mainScript, nodeArgs } from './clients.ts';
import { plainPull, prepareRawInsert, rawRows } from './feed-floors.ts';
import { type FeedApi, feedEnv, startFeedApi } from './feed-source.ts';
import { ratios, spreadOf } from './measure.ts';
import { type Section, shown } from './report.ts';
import type { World } from './world.ts';

const run = promisify(execFile);

/** `dunetrace-mcp sync` into a file that is not there yet. */
async function firstSync(api: FeedApi, file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  await run(process.execPath, [...nodeArgs, mainScript, 'sync', '--quiet'], { env: feedEnv(api, file) });
}

type Arm = 'pull' | 'sync' | 'raw' | 'bare';

/** What a file's bytes are for, a signal each. */
function sizes(file: string, signals: number): string[][] {
  const sqlite = new Database(file, { readonly: true });
  const found = sqlite
    .prepare<[], [string, number]>(
      `select case when d.name like '%\\_fts%' escape '\\' then 'full text' when d.name like '%\\_days' escape '\\' then 'days'
          when s.type = 'index' then 'indexes of ' || s.tbl_name else d.name end as what, sum(pgsize) as bytes
        from dbstat d left join sqlite_schema s on s.name = d.name where d.aggregate = true
        group by 1 having bytes > 100000 order by bytes desc`,
    )
    .raw()
    .all();
  sqlite.close();
  return found.map(([what, bytes]) => [what, (bytes / signals).toFixed(0), '']);
}

/** A first sync in turn with what it can't be faster than; and what its file holds. */
export async function feed(worlds: readonly World[], only: RegExp): Promise<Section[]> {
  const [world] = worlds;
  if (!world || !only.test('first sync')) return [];
  const isFull = worlds.length > 1;
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-feed-'));
  const file = join(folder, 'mirror.db');
  const api = await startFeedApi({ world });
  const rawFile = join(folder, 'raw.db');
  const found = new Map<Arm, number[]>();
  const time = async (arm: Arm, work: () => unknown) => {
    const began = performance.now();
    await work();
    found.set(arm, [...(found.get(arm) ?? []), (performance.now() - began) / 1000]);
  };
  // Has the API make its pages.
  await plainPull(api);
  for (let round = 0; round < (isFull ? 5 : 1); round += 1) {
    await time('pull', () => plainPull(api));
    await time('sync', () => firstSync(api, file));
    const rows = rawRows(file);
    for (const arm of isFull ? (['raw', 'bare'] as const) : (['raw'] as const)) {
      const insert = prepareRawInsert(rawFile, arm === 'raw');
      await time(arm, () => insert(rows));
    }
  }
  await api.close();
  const signals = world.signals.toLocaleString('en');
  const row = (what: string, arm: Arm, bound = '') => {
    const values = found.get(arm);
    const against = shown(ratios(found.get('sync') ?? [], values ?? []));
    return values ? [[what, shown(spreadOf(values)), against, bound]] : [];
  };
  const perSignal = (statSync(file).size / world.signals).toFixed(0);
  const sections: Section[] = [
    {
      title: `First sync of ${signals} signals`,
      intro:
        'The whole process of `dunetrace-mcp sync`, from its start until the file is closed, against an API in a process of its own that renders nothing anew; four requests at once, as by default. The pull gets the same pages, four at once, and drops them. The raw inserts bind the rows that the sync stored to prepared statements of better-sqlite3 in transactions of 500, into the same tables with the same indexes and pragmas, and close the file; no text is hashed, nothing is looked up, nothing is counted. The bound is against the slower of the pull and the raw insert with all indexes, that for full text among them.',
      head: ['what', 'seconds', 'sync against it', 'bound'],
      rows: [
        ...row('dunetrace-mcp sync', 'sync'),
        ...row('plain pull', 'pull'),
        ...row('raw insert, all indexes', 'raw', '1.4'),
        ...row('raw insert, without full text', 'bare'),
      ],
    },
    {
      title: `The file after a first sync of ${signals} signals`,
      intro:
        'Bytes for each signal, with the runs that the API lists and without the events of any. Every piece of evidence is unlike any other; the texts are of templates.',
      head: ['what', 'bytes a signal', 'bound'],
      rows: [['the file', perSignal, '700'], ...sizes(file, world.signals)],
    },
  ];
  rmSync(folder, { recursive: true });
  return sections;
}
