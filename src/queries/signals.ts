import { and, desc, eq, getTableColumns, gte, inArray, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../mirror/open.ts';
import { agents, names, runs, signals, texts } from '../mirror/schema.ts';
import { agentNumber } from './agent-number.ts';
import { holdsTerm, type Term } from './full-text.ts';
import { type Fix, parseFixes, parseObject } from './json.ts';

/** A signal as lists show it. */
export interface SignalItem {
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

/** What to look for; what is left out does not matter. Times are Unix seconds, both ends included. */
export interface SignalFilter {
  agentId?: string | undefined;
  severity?: string | undefined;
  failureType?: string | undefined;
  agentVersion?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  /** All of them must be found. */
  terms?: readonly Term[] | undefined;
}

/** Where a page ended. */
export type SignalPosition = readonly [detectedAt: number, id: number];

export interface Page<Item> {
  items: Item[];
  /** How many there are in all, on this page and others. */
  total: number;
}

const severityName = alias(names, 'severity_name');
const versionName = alias(names, 'version_name');
const titleText = alias(texts, 'title_text');
const whatText = alias(texts, 'what_text');
const whyText = alias(texts, 'why_text');
const fixesText = alias(texts, 'fixes_text');
const summaryText = alias(texts, 'summary_text');
const evidenceText = alias(texts, 'evidence_text');

/** Outer joins keep `signals` outermost, so that texts are only looked up for the rows of a page. */
function select({ db }: Reader) {
  return db
    .select({
      row: getTableColumns(signals),
      runId: runs.runId,
      agentId: agents.agentId,
      agentVersion: versionName.name,
      failureType: names.name,
      severity: severityName.name,
      title: titleText.body,
      what: whatText.body,
      whyItMatters: whyText.body,
      fixes: fixesText.body,
      evidenceSummary: summaryText.body,
      evidence: evidenceText.body,
    })
    .from(signals)
    .leftJoin(runs, eq(runs.id, signals.run))
    .leftJoin(agents, eq(agents.id, signals.agent))
    .leftJoin(names, eq(names.id, signals.failureType))
    .leftJoin(severityName, eq(severityName.id, signals.severity))
    .leftJoin(versionName, eq(versionName.id, signals.version))
    .leftJoin(titleText, eq(titleText.id, signals.title))
    .leftJoin(whatText, eq(whatText.id, signals.what))
    .leftJoin(whyText, eq(whyText.id, signals.whyItMatters))
    .leftJoin(fixesText, eq(fixesText.id, signals.suggestedFixes))
    .leftJoin(summaryText, eq(summaryText.id, signals.evidenceSummary))
    .leftJoin(evidenceText, eq(evidenceText.id, signals.evidence))
    .$dynamic();
}

type Selected = ReturnType<ReturnType<typeof select>['all']>[number];

function itemOf(found: Selected): SignalItem {
  const { row } = found;
  return {
    id: -row.key,
    runId: found.runId ?? '',
    agentId: found.agentId ?? '',
    agentVersion: found.agentVersion,
    failureType: found.failureType ?? '',
    severity: found.severity ?? '',
    stepIndex: row.stepIndex,
    confidence: row.confidence,
    detectedAt: row.detectedAt,
    title: found.title ?? '',
    what: found.what ?? '',
    whyItMatters: found.whyItMatters ?? '',
    fixes: parseFixes(found.fixes),
  };
}

/** A version is also found without, or with, the v before it. */
const versionSpellings = (version: string) => [version, `v${version}`, version.replace(/^v/, '')];

/** Detector names are in capitals; any case will do, and hyphens or spaces for underscores. */
const typeSpellings = (type: string) => [type, type.toUpperCase().replaceAll(/[\s-]+/g, '_')];

const named = (spellings: readonly string[]) => sql`(select id from names where name in ${spellings})`;

function conditionOf(filter: SignalFilter): SQL | undefined {
  const { agentId, severity, failureType, agentVersion, since, until, terms = [] } = filter;
  return and(
    isNull(signals.goneAt),
    agentId === undefined ? undefined : eq(signals.agent, agentNumber(agentId)),
    severity === undefined ? undefined : inArray(signals.severity, named([severity])),
    failureType === undefined ? undefined : inArray(signals.failureType, named(typeSpellings(failureType))),
    agentVersion === undefined ? undefined : inArray(signals.version, named(versionSpellings(agentVersion))),
    since === undefined ? undefined : gte(signals.detectedAt, since),
    until === undefined ? undefined : lte(signals.detectedAt, until),
    ...terms.map(holdsTerm),
  );
}

/** How many signals there are. */
export function countSignals({ db }: Reader, filter: SignalFilter): number {
  const counted = db.select({ total: sql<number>`count(*)` }).from(signals).where(conditionOf(filter)).get();
  return counted?.total ?? 0;
}

/** Signals, newest first (of those of one moment, the higher id first), from after a position on; and how many there are. */
export function findSignals(
  reader: Reader,
  filter: SignalFilter,
  { limit, after }: { limit: number; after?: SignalPosition | undefined },
): Page<SignalItem> {
  const older =
    after &&
    or(lt(signals.detectedAt, after[0]), and(eq(signals.detectedAt, after[0]), sql`${signals.key} > ${-after[1]}`));
  const rows = select(reader)
    .where(and(conditionOf(filter), older))
    .orderBy(desc(signals.detectedAt), signals.key)
    .limit(limit)
    .all();
  return { items: rows.map(itemOf), total: countSignals(reader, filter) };
}

/** All that is known of one signal. */
export function findSignal(reader: Reader, id: number): SignalDetail | undefined {
  const found = select(reader).where(eq(signals.key, -id)).get();
  if (!found) return undefined;
  const { alerted, shadow, goneAt } = found.row;
  return {
    ...itemOf(found),
    evidenceSummary: found.evidenceSummary ?? '',
    evidence: parseObject(found.evidence),
    alerted: alerted === null ? null : alerted === 1,
    shadow: shadow === null ? null : shadow === 1,
    goneAt,
  };
}

/** The signals of a run, by step. */
export function runSignals(reader: Reader, runId: string): SignalItem[] {
  const ofRun = sql`${signals.run} = (select id from runs where run_id = ${runId})`;
  const rows = select(reader)
    .where(and(ofRun, isNull(signals.goneAt)))
    .orderBy(signals.stepIndex, desc(signals.key))
    .all();
  return rows.map(itemOf);
}
