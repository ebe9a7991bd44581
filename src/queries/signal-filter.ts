import { numberOfAgent, numbersOfNames } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import type { Term } from './full-text.ts';

/** The search criteria; one that is left out matches everything. Times are Unix seconds, both ends included. */
export interface SignalFilter {
  agentId?: string | undefined;
  severity?: string | undefined;
  failureType?: string | undefined;
  agentVersion?: string | undefined;
  /** Of a run that the API lists, and whose events, which hold it, are mirrored. */
  inputHash?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  /** All of them must be found. */
  terms?: readonly Term[] | undefined;
}

/** Where a page ended. */
export type SignalPosition = readonly [detectedAt: number, id: number];

/** A filter with names replaced by the mirror's own numbers. */
export interface CodedFilter {
  /** The SQL condition on the names in a row of `signals` or `signal_days`. */
  names: string;
  /** The names of the parameters that hold the terms. */
  terms: readonly string[];
  /** Only signals of runs with the input that the parameter `input` holds. */
  hasInput: boolean;
  /** Values for the parameters of all of these. */
  values: Record<string, unknown>;
  /** Unix seconds, both included. */
  since: number;
  until: number;
}

/** The condition of a filter that has no names. */
export const anyName = 'true';

/** A version also matches without, or with, the v before it. */
const versionSpellings = (version: string) => [version, `v${version}`, version.replace(/^v/, '')] as const;

/** Detector names are in capitals; the input may use any case, and hyphens or spaces for underscores. */
const typeSpellings = (type: string) => [type, type.toUpperCase().replaceAll(/[\s-]+/g, '_')] as const;

/** One value is compared with =, not with a list of one: only then does an index give the order too. */
function isOneOf(column: string, numbers: readonly number[] | undefined): string[] {
  if (numbers === undefined) return [];
  return [numbers.length === 1 ? `${column} = ${numbers[0]}` : `${column} in (${numbers.join(', ')})`];
}

/** The filter in numbers; undefined when it has a name that the mirror does not know: nothing matches. */
export function codeFilter(reader: Reader, filter: SignalFilter): CodedFilter | undefined {
  const { agentId, severity, failureType, agentVersion, inputHash, terms = [] } = filter;
  const numbers = {
    agent: agentId === undefined ? undefined : [numberOfAgent(reader, agentId)].filter((number) => number > 0),
    severity: severity === undefined ? undefined : numbersOfNames(reader, [severity]),
    failure_type: failureType === undefined ? undefined : numbersOfNames(reader, typeSpellings(failureType)),
    version: agentVersion === undefined ? undefined : numbersOfNames(reader, versionSpellings(agentVersion)),
  };
  if (Object.values(numbers).some((found) => found?.length === 0)) return undefined;
  const names = Object.entries(numbers).flatMap(([column, found]) => isOneOf(column, found));
  const values = Object.fromEntries(terms.map((term, place) => [`term${place}`, term]));
  return {
    names: names.length === 0 ? anyName : names.join(' and '),
    terms: Object.keys(values),
    hasInput: inputHash !== undefined,
    values: inputHash === undefined ? values : { ...values, input: inputHash },
    since: filter.since ?? Number.NEGATIVE_INFINITY,
    until: filter.until ?? Number.POSITIVE_INFINITY,
  };
}
