import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { mainScript, nodeArgs } from './clients.ts';
import { feedEnv, startFeedApi } from './feed-source.ts';
import { type Fleet, planHead, planRow, type Rates } from './plan-table.ts';
import type { Section } from './report.ts';
import type { World } from './world.ts';

const run = promisify(execFile);

const summary = z.object({ runs: z.number(), signals: z.number(), bytes: z.number(), seconds: z.number() });

/** Half as many signals as runs, of 90 days, the events of 30 of which are mirrored. */
const fleetOf = (agents: number, runs: number): Fleet => ({ agents, runs, signals: runs / 2, withEvents: runs / 3 });
const fleets = [fleetOf(10, 10_000), fleetOf(200, 200_000), fleetOf(2000, 1_000_000)];

/** Bytes that tables of a file take, with their indexes and full text. */
function bytesOf(sqlite: Database.Database, ...tables: string[]): number {
  const isOfThese = tables.map((table) => `d.name like '${table}%' or s.tbl_name = '${table}'`).join(' or ');
  return Number(
    sqlite
      .prepare(
        `select sum(pgsize) from dbstat d left join sqlite_schema s on s.name = d.name where aggregate = true and (${isOfThese})`,
      )
      .pluck()
      .get(),
  );
}

function fileRates(file: string, counts: { runs: number; signals: number }) {
  const sqlite = new Database(file, { readonly: true });
  const ofRuns = bytesOf(sqlite, 'runs', 'run_days');
  const ofSignals = bytesOf(sqlite, 'signals', 'signal_days', 'evidence', 'explanations');
  sqlite.close();
  return { runBytes: ofRuns / counts.runs, signalBytes: ofSignals / counts.signals };
}

function eventRate(file: string): number {
  const sqlite = new Database(file, { readonly: true });
  const runs = Number(sqlite.prepare('select count(distinct run) from run_sums').pluck().get());
  const bytes = bytesOf(sqlite, 'run_events', 'run_sums');
  sqlite.close();
  return bytes / runs;
}

/** What a row costs, measured at a first sync of the world. */
async function measureRates(world: World): Promise<Rates> {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-plan-'));
  const file = join(folder, 'mirror.db');
  const api = await startFeedApi({ world });
  try {
    const args = [...nodeArgs, mainScript, 'sync', '--json'];
    const { stdout } = await run(process.execPath, args, { env: feedEnv(api, file) });
    const { runs, signals, bytes, seconds } = summary.parse(JSON.parse(stdout));
    const rows = runs + signals;
    return {
      rowsPerSecond: rows / seconds,
      wireBytes: bytes / rows,
      ...fileRates(file, { runs, signals }),
      eventBytes: eventRate(world.file),
    };
  } finally {
    await api.close();
    rmSync(folder, { recursive: true });
  }
}

/** What mirrors of several sizes take: rates are measured, and the table computed from them. */
export async function plan(world: World): Promise<Section> {
  const rates = await measureRates(world);
  const shown = (value: number) => value.toFixed(0);
  return {
    title: 'What an installation takes',
    intro: `From what one row took at a first sync of ${world.signals.toLocaleString('en')} signals: ${shown(rates.rowsPerSecond)} rows a second, ${shown(rates.wireBytes)} bytes a row over the network; in the file ${shown(rates.runBytes)} bytes a run, ${shown(rates.signalBytes)} a signal, and ${shown(rates.eventBytes)} for the events of a run. At the default of 300 requests a minute.`,
    head: planHead,
    rows: fleets.map((fleet) => planRow(fleet, rates)),
  };
}
