import { isDeepStrictEqual } from 'node:util';
import type { Database, Statement } from 'better-sqlite3';
import { z } from 'zod';
import type { Reader } from '../../src/db/open.ts';
import { contentOf } from '../../src/lists/content.ts';
import type { ListName } from '../../src/lists/names.ts';
import { hideWords } from '../../src/lists/signals.ts';
import type { SampleBackend } from './customer-api/backend.ts';
import type { ListOfRows, Spoiling } from './spoil.ts';

/** The mirror's views held against the API's rows. */

const rowsShape = z.array(z.record(z.string(), z.unknown()));
export type Row = z.infer<typeof rowsShape>[number];

const jsonColumns = ['sparkline', 'failure_types', 'evidence', 'suggested_fixes'];
const flagColumns = ['has_signals', 'alerted', 'shadow'];

export function idOf(list: ListName, row: Row): string | number {
  return z.union([z.string(), z.number()]).parse(list === 'runs' ? row.run_id : row.id);
}

/** What tells a row from all others, those of a wiped backend too, whose signals had the same ids. */
export function nameOf(list: ListName, row: Row): string {
  return list === 'runs' ? String(row.run_id) : `${row.id} of ${row.run_id}`;
}

/** A row of a view in the API's own terms, without what the mirror adds but `events_expired`. */
function asSent(row: Row): Row {
  const { extra, gone_at: _, ...own } = row;
  const entries = Object.entries(own)
    .filter(([name]) => !name.endsWith('_iso'))
    .map(([name, value]) => {
      if (typeof value === 'string' && jsonColumns.includes(name)) return [name, JSON.parse(value)];
      if (typeof value === 'number' && flagColumns.includes(name)) return [name, value === 1];
      return [name, value];
    });
  return { ...Object.fromEntries(entries), ...(typeof extra === 'string' ? JSON.parse(extra) : {}) };
}

/**
 * The rows that are not the API's in every field, as they are and as they should be.
 * @param kept what an expired run keeps, by run id.
 */
function differences(have: Row[], want: Row[], key: string, kept: ReadonlyMap<unknown, Row> = new Map()) {
  const wanted = new Map(want.map((row) => [row[key], row]));
  const found: Row[] = [];
  const expected: Row[] = [];
  for (const row of have.map(asSent)) {
    const told = wanted.get(row[key]) ?? {};
    const isExpired = key === 'run_id' && told.started_at === null && told.completed_at === null;
    const absent = Object.fromEntries(Object.keys(row).map((name) => [name, null]));
    const marked = key === 'run_id' ? { events_expired: Number(isExpired) } : {};
    const right = { ...absent, ...told, ...(isExpired ? kept.get(row[key]) : {}), ...marked };
    if (isDeepStrictEqual(row, right)) continue;
    found.push(row);
    expected.push(right);
  }
  return { found, expected };
}

const selects = new WeakMap<Database, Map<string, Statement>>();

/** Prepared once a connection: thousands of histories ask the same. */
function selectFrom(sqlite: Database, view: string): Statement {
  const known = selects.get(sqlite) ?? new Map<string, Statement>();
  selects.set(sqlite, known);
  const select = known.get(view) ?? sqlite.prepare(`select * from ${view}`);
  known.set(view, select);
  return select;
}

const metaShape = z.object({ content: z.string(), contentSecret: z.string() });
const wordsShape = z.object({
  evidence: z.record(z.string(), z.unknown()),
  title: z.string(),
  what: z.string(),
  why_it_matters: z.string(),
  evidence_summary: z.string(),
  suggested_fixes: z.array(z.unknown()),
});

/** A signal as the mirror is to hold it: with hashes in the place of texts. */
function asKept({ sqlite }: Pick<Reader, 'sqlite'>, row: Row): Row {
  const words = wordsShape.safeParse(row).data;
  if (!words) return row;
  const meta = sqlite.prepare('select content, content_secret as contentSecret from mirror_meta').get();
  const { why_it_matters: whyItMatters, evidence_summary: evidenceSummary, suggested_fixes: suggestedFixes } = words;
  const kept = hideWords({ ...words, whyItMatters, evidenceSummary, suggestedFixes }, contentOf(metaShape.parse(meta)));
  const { evidence, title, what } = kept;
  const rest = { evidence_summary: kept.evidenceSummary, suggested_fixes: kept.suggestedFixes };
  return { ...row, evidence, title, what, why_it_matters: kept.whyItMatters, ...rest };
}

/** Both sides as they are now; read again after `forget`. */
export function createSides(
  mirror: () => Pick<Reader, 'sqlite'>,
  backend: SampleBackend,
  howOf: (list: ListOfRows, id: string) => Spoiling | undefined = () => undefined,
) {
  const read = new Map<string, Row[]>();

  function once(name: string, rows: () => unknown): Row[] {
    const known = read.get(name) ?? rowsShape.parse(rows());
    read.set(name, known);
    return known;
  }

  const view = (name: 'agents' | ListName) => once(`v_${name}`, () => selectFrom(mirror().sqlite, `v_${name}`).all());
  const live = (list: ListName, agentId: string) =>
    once(`live ${list} ${agentId}`, () => view(list).filter((row) => row.agent_id === agentId && row.gone_at === null));
  const sent = (list: ListName, agentId: string) =>
    once(`sent ${list} ${agentId}`, () => {
      const rows = rowsShape.parse(JSON.parse(JSON.stringify(backend[list](agentId))));
      return list === 'signals' ? rows.map((row) => asKept(mirror(), row)) : rows;
    });

  return {
    forget: () => read.clear(),
    view,
    live,
    listed: () => once('listed', () => JSON.parse(JSON.stringify(backend.agents()))),
    sent,
    readable: (list: ListName, agentId: string) =>
      sent(list, agentId).filter(
        (row) => row.failure_type !== '' && howOf(list, String(idOf(list, row))) === undefined,
      ),
    howOf,
  };
}

export type Sides = ReturnType<typeof createSides>;

/** The names of the rows that only one side has. */
export function apart({ live, sent, readable }: Sides, list: ListName, agentId: string) {
  const namesOf = (rows: Row[]) => new Set(rows.map((row) => nameOf(list, row)));
  const [have, want, all] = [live, readable, sent].map((rows) => namesOf(rows(list, agentId)));
  return {
    missing: [...(want ?? [])].filter((name) => !have?.has(name)),
    surplus: [...(have ?? [])].filter((name) => !all?.has(name)),
  };
}

/**
 * Every live agent, run and signal that the API's answers show, and that is not the API's in every field: as they are, and
 * as they should be.
 */
export function unlikeRows(
  { view, live, listed, sent, readable, howOf }: Sides,
  agentIds: readonly string[],
  kept?: ReadonlyMap<unknown, Row>,
): { found: Row[]; expected: Row[] } {
  const isShown = (row: Row) => howOf('agents', String(row.agent_id)) === undefined;
  const agents = view('agents').filter((row) => row.gone_at === null && isShown(row));
  const shown = (list: ListName, agentId: string) => {
    const names = new Set(readable(list, agentId).map((row) => nameOf(list, row)));
    return live(list, agentId).filter((row) => names.has(nameOf(list, row)));
  };
  const unlike = [
    differences(agents, listed(), 'agent_id'),
    ...agentIds.flatMap((agentId) => [
      differences(shown('runs', agentId), sent('runs', agentId), 'run_id', kept),
      differences(shown('signals', agentId), sent('signals', agentId), 'id'),
    ]),
  ];
  return { found: unlike.flatMap(({ found }) => found), expected: unlike.flatMap(({ expected }) => expected) };
}
