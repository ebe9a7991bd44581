import { and, type Column, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import { codeOfAgent, codesOfNames } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { signals } from '../db/schema.ts';
import { holdsTerm, type Term, type Way, waysOf } from './full-text.ts';

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

/** All that the text of a query depends on: which filters there are, and how many values they have. */
export interface FilterShape {
  agent: boolean;
  severities: number;
  types: number;
  versions: number;
  /** For each term the way to the signals that hold it. */
  terms: readonly Way[];
}

/** A filter in the mirror's own numbers. */
export interface CodedFilter {
  shape: FilterShape;
  /** Values for the placeholders of a statement of that shape. */
  values: Record<string, unknown>;
  /** Unix seconds, both included. */
  since: number;
  until: number;
}

/** A version is also found without, or with, the v before it. */
const versionSpellings = (version: string) => [version, `v${version}`, version.replace(/^v/, '')] as const;

/** Detector names are in capitals; any case will do, and hyphens or spaces for underscores. */
const typeSpellings = (type: string) => [type, type.toUpperCase().replaceAll(/[\s-]+/g, '_')] as const;

const numbered = (name: string, values: readonly unknown[]) =>
  Object.fromEntries(values.map((value, place) => [`${name}${place}`, value]));

/** The filter in numbers; undefined when a name in it is none that the mirror has: nothing matches. */
export function codeFilter(reader: Reader, filter: SignalFilter): CodedFilter | undefined {
  const { agentId, severity, failureType, agentVersion, terms = [] } = filter;
  const agent = agentId === undefined ? undefined : codeOfAgent(reader, agentId);
  const severities = severity === undefined ? undefined : codesOfNames(reader, [severity]);
  const types = failureType === undefined ? undefined : codesOfNames(reader, typeSpellings(failureType));
  const versions = agentVersion === undefined ? undefined : codesOfNames(reader, versionSpellings(agentVersion));
  const isUnknown = [severities, types, versions].some((codes) => codes?.length === 0);
  if (isUnknown || (agentId !== undefined && agent === undefined)) return undefined;
  return {
    shape: {
      agent: agent !== undefined,
      severities: severities?.length ?? 0,
      types: types?.length ?? 0,
      versions: versions?.length ?? 0,
      terms: waysOf(reader, terms),
    },
    values: {
      agent,
      ...numbered('severity', severities ?? []),
      ...numbered('type', types ?? []),
      ...numbered('version', versions ?? []),
      ...numbered('term', terms),
    },
    since: filter.since ?? Number.NEGATIVE_INFINITY,
    until: filter.until ?? Number.POSITIVE_INFINITY,
  };
}

const places = (name: string, count: number) =>
  Array.from({ length: count }, (_, place) => sql.placeholder(`${name}${place}`));

/** One value is compared, not looked for in a list of one: only so does an index give the order too. */
function isOneOf(column: Column, name: string, count: number): SQL | undefined {
  if (count === 0) return undefined;
  return count === 1 ? eq(column, sql.placeholder(`${name}0`)) : inArray(column, places(name, count));
}

type Filtered = Record<'agent' | 'failureType' | 'severity' | 'version', Column>;

/** What a statement asks of an agent, type, severity and version, in `signals` or in their counts. */
export function namesMatch(table: Filtered, shape: FilterShape): SQL | undefined {
  return and(
    shape.agent ? eq(table.agent, sql.placeholder('agent')) : undefined,
    isOneOf(table.severity, 'severity', shape.severities),
    isOneOf(table.failureType, 'type', shape.types),
    isOneOf(table.version, 'version', shape.versions),
  );
}

/** The live signals that match; but for the time, of which each statement asks in its own way. */
export function conditionOf(shape: FilterShape): SQL | undefined {
  const terms = shape.terms.map((way, place) => holdsTerm(sql.placeholder(`term${place}`), way));
  return and(isNull(signals.goneAt), namesMatch(signals, shape), ...terms);
}
