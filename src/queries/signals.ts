import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../db/open.ts';
import { prepared, preparedTexts } from '../db/prepared.ts';
import { agents, evidence, explanations, names, runs, signals } from '../db/schema.ts';
import { holders, holdsItself } from './full-text.ts';
import { type Fix, parseFixes, parseObject } from './json.ts';
import { type Extent, extentOf, matchesRest, ofInput } from './signal-counts.ts';
import { type CodedFilter, codeFilter, type SignalFilter, type SignalPosition } from './signal-filter.ts';

export { countSignals } from './signal-counts.ts';
export type { SignalPosition } from './signal-filter.ts';

import { type TextState, textState } from './texts.ts';

/** A signal as one line of a list. */
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
  texts: TextState;
  alerted: boolean | null;
  shadow: boolean | null;
  /** When a sync found that the API had dropped the signal. */
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

/** Outer joins keep `signals` outermost, so that names are looked up only for the rows that are shown. */
function select(db: Reader['db']) {
  return db
    .select({
      key: signals.key,
      runId: runs.runId,
      agentId: agents.agentId,
      agentVersion: versionName.name,
      failureType: names.name,
      severity: severityName.name,
      stepIndex: signals.stepIndex,
      confidence: signals.confidence,
      detectedAt: signals.detectedAt,
      alerted: signals.alerted,
      shadow: signals.shadow,
      goneAt: signals.goneAt,
      title: explanations.title,
      what: explanations.what,
      whyItMatters: explanations.whyItMatters,
      evidenceSummary: explanations.evidenceSummary,
      suggestedFixes: explanations.suggestedFixes,
      evidence: evidence.body,
    })
    .from(signals)
    .leftJoin(runs, eq(runs.id, signals.run))
    .leftJoin(agents, eq(agents.id, signals.agent))
    .leftJoin(names, eq(names.id, signals.failureType))
    .leftJoin(severityName, eq(severityName.id, signals.severity))
    .leftJoin(versionName, eq(versionName.id, signals.version))
    .leftJoin(explanations, eq(explanations.id, signals.explanation))
    .leftJoin(evidence, eq(evidence.key, signals.key))
    .$dynamic();
}

type Selected = ReturnType<ReturnType<typeof select>['all']>[number];

function lineOf(found: Selected): SignalLine {
  const { key, agentVersion, stepIndex, confidence, detectedAt } = found;
  return {
    id: -key,
    runId: found.runId ?? '',
    agentId: found.agentId ?? '',
    agentVersion,
    failureType: found.failureType ?? '',
    severity: found.severity ?? '',
    stepIndex,
    confidence,
    detectedAt,
    title: found.title ?? '',
  };
}

function itemOf(found: Selected): SignalItem {
  const { what, whyItMatters, suggestedFixes } = found;
  return { ...lineOf(found), what: what ?? '', whyItMatters: whyItMatters ?? '', fixes: parseFixes(suggestedFixes) };
}

/**
 * Up to this number, all signals that match are found and sorted; if there are more, the newest contain enough of them.
 */
const maxSorted = 20_000;

const keysText = preparedTexts<{ key: number }>();

/** Where to look for the signals that match, each with the condition to add to the rest. */
function sourcesOf(coded: CodedFilter, { total }: Extent): readonly (readonly [from: string, condition: string])[] {
  if (coded.hasInput) return [ofInput(coded)];
  const [first] = coded.terms;
  if (first === undefined || total > maxSorted)
    return [['signals s', ['true', ...coded.terms.map(holdsItself)].join(' and ')]];
  return holders(first);
}

/** The keys of the signals of a page. */
function findKeys(reader: Reader, filter: SignalFilter, { limit, after }: PageWanted): Page<number> {
  const coded = codeFilter(reader, filter);
  if (!coded) return { items: [], total: 0 };
  const extent = extentOf(reader, coded);
  const { total, from, to } = extent;
  if (total === 0) return { items: [], total };
  const [afterTime = to, afterId = 0] = after ?? [];
  const bound = { ...coded.values, from, to: Math.min(to, afterTime), afterTime, afterKey: -afterId, limit };
  const isAfter = after ? 'and (s.detected_at < @afterTime or s.key > @afterKey)' : '';
  const rest = matchesRest(coded.hasInput || total > maxSorted ? { ...coded, terms: [] } : coded);
  const found = sourcesOf(coded, extent).map(
    ([source, condition]) => `select s.key, s.detected_at from ${source} where ${condition} and ${rest} ${isAfter}`,
  );
  const text = `select key from (${found.join(' union all ')}) order by detected_at desc, key limit @limit`;
  return {
    items: keysText(reader, text)
      .all(bound)
      .map(({ key }) => key),
    total,
  };
}

const withKeys = prepared((db) =>
  select(db)
    .where(sql`${signals.key} in (select value from json_each(${sql.placeholder('keys')}))`)
    .prepare(),
);

function pageOf(reader: Reader, filter: SignalFilter, wanted: PageWanted): Page<Selected> {
  const { items: keys, total } = findKeys(reader, filter, wanted);
  const rows = withKeys(reader).all({ keys: JSON.stringify(keys) });
  const byKey = new Map(rows.map((found) => [found.key, found]));
  return { items: keys.flatMap((key) => byKey.get(key) ?? []), total };
}

/** Signals after a position, newest first (at the same moment, the higher id first), and how many there are. */
export function findSignals(reader: Reader, filter: SignalFilter, wanted: PageWanted): Page<SignalLine> {
  const { items, total } = pageOf(reader, filter, wanted);
  return { items: items.map(lineOf), total };
}

/** The same with their explanations. */
export function findExplainedSignals(reader: Reader, filter: SignalFilter, wanted: PageWanted): Page<SignalItem> {
  const { items, total } = pageOf(reader, filter, wanted);
  return { items: items.map(itemOf), total };
}

const byKey = prepared((db) =>
  select(db)
    .where(eq(signals.key, sql.placeholder('key')))
    .prepare(),
);

/** All details of one signal. */
export function findSignal(reader: Reader, id: number): SignalDetail | undefined {
  const found = byKey(reader).get({ key: -id });
  if (!found) return undefined;
  const { alerted, shadow } = found;
  return {
    ...itemOf(found),
    evidenceSummary: found.evidenceSummary ?? '',
    evidence: parseObject(found.evidence),
    texts: textState(reader),
    alerted: alerted === null ? null : alerted === 1,
    shadow: shadow === null ? null : shadow === 1,
    goneAt: found.goneAt,
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

/** The signals of a run, by step. */
export const runSignals = (reader: Reader, runId: string): SignalItem[] => ofRun(reader).all({ runId }).map(itemOf);
