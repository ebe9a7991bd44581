import { and, desc, eq, gt, gte, isNull, lt, lte, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../db/open.ts';
import { prepared, preparedByShape } from '../db/prepared.ts';
import { agents, names, runs, signals } from '../db/schema.ts';
import { untilChanged } from '../db/unchanged.ts';
import { type Fix, parseFixes, parseObject } from './json.ts';
import { countCoded, extentOf } from './signal-counts.ts';
import { codeFilter, conditionOf, type FilterShape, type SignalFilter, type SignalPosition } from './signal-filter.ts';
import { type TextReader, textsOf } from './texts.ts';

export { countSignals } from './signal-counts.ts';
export type { SignalPosition } from './signal-filter.ts';

/** A signal on a line of a list. */
export interface SignalLine {
  id: number;
  runId: string;
  agentId: string;
  agentVersion: string | null;
  failureType: string;
  severity: string;
  stepIndex: number | null;
  /** 0 to 1. */
  confidence: number | null;
  /** Unix seconds. */
  detectedAt: number;
  title: string;
}

/** A signal with its explanation. */
export interface SignalItem extends SignalLine {
  what: string;
  whyItMatters: string;
  fixes: Fix[];
}

export interface SignalDetail extends SignalItem {
  evidenceSummary: string;
  evidence: Record<string, unknown>;
  alerted: boolean | null;
  shadow: boolean | null;
  /** When the API was seen to have dropped the signal. */
  goneAt: number | null;
}

export interface Page<Item> {
  items: readonly Item[];
  /** How many there are in all, on this page and others. */
  total: number;
}

interface PageWanted {
  limit: number;
  after?: SignalPosition | undefined;
}

const severityName = alias(names, 'severity_name');
const versionName = alias(names, 'version_name');

/** Outer joins keep `signals` outermost, so that names are only looked up for the rows that are shown. */
function select(db: Reader['db']) {
  return db
    .select({
      row: {
        key: signals.key,
        stepIndex: signals.stepIndex,
        confidence: signals.confidence,
        detectedAt: signals.detectedAt,
        evidence: signals.evidence,
        alerted: signals.alerted,
        shadow: signals.shadow,
        title: signals.title,
        what: signals.what,
        whyItMatters: signals.whyItMatters,
        evidenceSummary: signals.evidenceSummary,
        suggestedFixes: signals.suggestedFixes,
        goneAt: signals.goneAt,
      },
      runId: runs.runId,
      agentId: agents.agentId,
      agentVersion: versionName.name,
      failureType: names.name,
      severity: severityName.name,
    })
    .from(signals)
    .leftJoin(runs, eq(runs.id, signals.run))
    .leftJoin(agents, eq(agents.id, signals.agent))
    .leftJoin(names, eq(names.id, signals.failureType))
    .leftJoin(severityName, eq(severityName.id, signals.severity))
    .leftJoin(versionName, eq(versionName.id, signals.version))
    .$dynamic();
}

type Selected = ReturnType<ReturnType<typeof select>['all']>[number];

function lineOf(found: Selected, text: TextReader): SignalLine {
  const { key, stepIndex, confidence, detectedAt, title } = found.row;
  return {
    id: -key,
    runId: found.runId ?? '',
    agentId: found.agentId ?? '',
    agentVersion: found.agentVersion,
    failureType: found.failureType ?? '',
    severity: found.severity ?? '',
    stepIndex,
    confidence,
    detectedAt,
    title: text(title) ?? '',
  };
}

function linesOf(reader: Reader, rows: readonly Selected[]): SignalLine[] {
  const text = textsOf(
    reader,
    rows.map(({ row }) => row.title),
  );
  return rows.map((found) => lineOf(found, text));
}

function itemOf(found: Selected, text: TextReader, fixes: Fix[]): SignalItem {
  const { what, whyItMatters } = found.row;
  return { ...lineOf(found, text), what: text(what) ?? '', whyItMatters: text(whyItMatters) ?? '', fixes };
}

function itemsOf(reader: Reader, rows: readonly Selected[]): SignalItem[] {
  const shown = rows.flatMap(({ row }) => [row.title, row.what, row.whyItMatters, row.suggestedFixes]);
  const text = textsOf(reader, shown);
  /** Rows share their fixes, which are parsed once. */
  const parsed = new Map<number | null, Fix[]>();
  return rows.map((found) => {
    const { suggestedFixes } = found.row;
    const fixes = parsed.get(suggestedFixes) ?? parseFixes(text(suggestedFixes));
    parsed.set(suggestedFixes, fixes);
    return itemOf(found, text, fixes);
  });
}

interface PageShape extends FilterShape {
  after: boolean;
}

/** The page is found by its keys alone: what is shown of a row is read for the rows of the page that are not remembered. */
const keysOfShape = preparedByShape((db, { after, ...shape }: PageShape) => {
  const [to, afterKey] = [sql.placeholder('to'), sql.placeholder('afterKey')];
  return db
    .select({ key: signals.key })
    .from(signals)
    .where(
      and(
        conditionOf(shape),
        gte(signals.detectedAt, sql.placeholder('from')),
        lte(signals.detectedAt, to),
        after ? or(lt(signals.detectedAt, sql.placeholder('afterTime')), gt(signals.key, afterKey)) : undefined,
      ),
    )
    .orderBy(desc(signals.detectedAt), signals.key)
    .limit(sql.placeholder('limit'))
    .prepare();
});

const keptKeys = untilChanged<readonly number[]>();

function findKeys(reader: Reader, filter: SignalFilter, { limit, after }: PageWanted): Page<number> {
  const coded = codeFilter(reader, filter);
  if (!coded) return { items: [], total: 0 };
  const { shape, values, since, until } = coded;
  const extent = extentOf(reader, coded);
  const total = countCoded(reader, coded, extent);
  if (total === 0) return { items: [], total };
  const [afterTime = Number.POSITIVE_INFINITY, afterId = 0] = after ?? [];
  // Where the counts know of no signal, none need be looked for.
  const from = Math.max(since, extent.firstAt);
  const to = Math.min(until, extent.lastAt, afterTime);
  const bound = { ...values, from, to, afterTime, afterKey: -afterId, limit };
  const paged = { ...shape, after: after !== undefined };
  const items = keptKeys(reader, JSON.stringify([paged, bound]), () =>
    keysOfShape(reader, paged)
      .all(bound)
      .map(({ key }) => key),
  );
  return { items, total };
}

const withKeys = prepared((db) =>
  select(db)
    .where(sql`${signals.key} in (select value from json_each(${sql.placeholder('keys')}))`)
    .prepare(),
);

/** Signals of a mirror that are remembered. */
const maxRemembered = 2000;

/** Pages of what `itemsOf` makes of rows: those that were shown before, and have not changed since, are not read again. */
function pagesOf<Item extends SignalLine>(itemsOf: (reader: Reader, rows: readonly Selected[]) => Item[]) {
  const remembered = untilChanged<Map<number, Item>>();
  return (reader: Reader, filter: SignalFilter, wanted: PageWanted): Page<Item> => {
    const { items: keys, total } = findKeys(reader, filter, wanted);
    const known = remembered(reader, '', () => new Map());
    if (known.size > maxRemembered) known.clear();
    const unknown = keys.filter((key) => !known.has(key));
    if (unknown.length > 0) {
      const rows = withKeys(reader).all({ keys: JSON.stringify(unknown) });
      for (const item of itemsOf(reader, rows)) known.set(-item.id, item);
    }
    return { items: keys.flatMap((key) => known.get(key) ?? []), total };
  };
}

/** Signals, newest first (of those of one moment, the higher id first), from after a position on; and how many there are. */
export const findSignals = pagesOf(linesOf);

/** The same with their explanations. */
export const findExplainedSignals = pagesOf(itemsOf);

const byKey = prepared((db) =>
  select(db)
    .where(eq(signals.key, sql.placeholder('key')))
    .prepare(),
);

/** All that is known of one signal. */
export function findSignal(reader: Reader, id: number): SignalDetail | undefined {
  const found = byKey(reader).get({ key: -id });
  if (!found) return undefined;
  const { alerted, shadow, goneAt, evidence, evidenceSummary, title, what, whyItMatters, suggestedFixes } = found.row;
  const text = textsOf(reader, [title, what, whyItMatters, suggestedFixes, evidence, evidenceSummary]);
  return {
    ...itemOf(found, text, parseFixes(text(suggestedFixes))),
    evidenceSummary: text(evidenceSummary) ?? '',
    evidence: parseObject(text(evidence)),
    alerted: alerted === null ? null : alerted === 1,
    shadow: shadow === null ? null : shadow === 1,
    goneAt,
  };
}

const ofRun = prepared((db) =>
  select(db)
    .where(
      and(
        sql`${signals.run} = (select id from runs where run_id = ${sql.placeholder('runId')})`,
        isNull(signals.goneAt),
      ),
    )
    .orderBy(signals.stepIndex, desc(signals.key))
    .prepare(),
);

const keptOfRun = untilChanged<readonly SignalItem[]>();

/** The signals of a run, by step. */
export function runSignals(reader: Reader, runId: string): readonly SignalItem[] {
  return keptOfRun(reader, runId, () => itemsOf(reader, ofRun(reader).all({ runId })));
}
