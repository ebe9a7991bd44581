import { and, type Column, eq, gte, inArray, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { signals } from '../mirror/schema.ts';
import { codeOfAgent, codesOfNames } from './codes.ts';
import { holdsTerm, type Term } from './full-text.ts';

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
  since: boolean;
  until: boolean;
  terms: number;
  after: boolean;
}

export interface CodedFilter {
  shape: FilterShape;
  /** Values for the placeholders of a statement of that shape. */
  values: Record<string, unknown>;
}

/** A version is also found without, or with, the v before it. */
const versionSpellings = (version: string) => [version, `v${version}`, version.replace(/^v/, '')] as const;

/** Detector names are in capitals; any case will do, and hyphens or spaces for underscores. */
const typeSpellings = (type: string) => [type, type.toUpperCase().replaceAll(/[\s-]+/g, '_')] as const;

const numbered = (name: string, values: readonly unknown[]) =>
  Object.fromEntries(values.map((value, place) => [`${name}${place}`, value]));

/** The filter in the mirror's own numbers; undefined when a name in it is none that the mirror has: nothing matches. */
export function codeFilter(reader: Reader, filter: SignalFilter, after?: SignalPosition): CodedFilter | undefined {
  const { agentId, severity, failureType, agentVersion, since, until, terms = [] } = filter;
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
      since: since !== undefined,
      until: until !== undefined,
      terms: terms.length,
      after: after !== undefined,
    },
    values: {
      agent,
      ...numbered('severity', severities ?? []),
      ...numbered('type', types ?? []),
      ...numbered('version', versions ?? []),
      since,
      until,
      ...numbered('term', terms),
      ...(after ? { afterTime: after[0], afterKey: -after[1] } : {}),
    },
  };
}

const places = (name: string, count: number) =>
  Array.from({ length: count }, (_, place) => sql.placeholder(`${name}${place}`));

/** One value is compared, not looked for in a list of one: only so does an index give the order too. */
function isOneOf(column: Column, name: string, count: number) {
  if (count === 0) return undefined;
  return count === 1 ? eq(column, sql.placeholder(`${name}0`)) : inArray(column, places(name, count));
}

/** The condition of a statement, with the placeholders that `codeFilter` gives values for. */
export function conditionOf(shape: FilterShape): SQL | undefined {
  const afterTime = sql.placeholder('afterTime');
  return and(
    // The words of the indexes of lists, or SQLite would not use them.
    isNull(signals.goneAt),
    shape.agent ? eq(signals.agent, sql.placeholder('agent')) : undefined,
    isOneOf(signals.severity, 'severity', shape.severities),
    isOneOf(signals.failureType, 'type', shape.types),
    isOneOf(signals.version, 'version', shape.versions),
    shape.since ? gte(signals.detectedAt, sql.placeholder('since')) : undefined,
    shape.until ? lte(signals.detectedAt, sql.placeholder('until')) : undefined,
    ...places('term', shape.terms).map(holdsTerm),
    shape.after ? lte(signals.detectedAt, afterTime) : undefined,
    shape.after
      ? or(lt(signals.detectedAt, afterTime), sql`${signals.key} > ${sql.placeholder('afterKey')}`)
      : undefined,
  );
}
