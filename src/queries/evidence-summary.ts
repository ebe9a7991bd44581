import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { parseObject } from './json.ts';

export type Scalar = string | number | boolean;

/** The values of signals under one key of their evidence. */
export interface EvidenceKey {
  key: string;
  /** Signals with a text, number, true or false under the key. */
  signals: number;
  /** The most frequent values, and how many distinct ones there are. */
  values: { value: Scalar; count: number }[];
  distinct: number;
  /** For the values that are numbers, if any; the median of an even count is the mean of the middle two. */
  numbers?: { min: number; median: number; max: number } | undefined;
}

export interface EvidenceSummary {
  /** How many signals the summary covers: the newest, without those whose evidence is very long. */
  signals: number;
  /** The keys that most signals have first. */
  keys: EvidenceKey[];
}

const maxSignals = 1000;
/** Characters of JSON. */
const maxLength = 8000;
const maxKeys = 20;
const maxValues = 5;

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

const bodies = preparedSql<{ body: string; count: number }>(`
  select body, count(*) as count from evidence
  where key in (select value from json_each(@keys)) and length(body) <= ${maxLength} group by body`);

/** Summarises the evidence of the first 1,000 of the signals, by key. */
export function summarizeEvidence(reader: Reader, keys: readonly number[]): EvidenceSummary {
  const found = bodies(reader).all({ keys: JSON.stringify(keys.slice(0, maxSignals)) });
  return summaryOf(found.map(({ body, count }) => ({ evidence: parseObject(body), count })));
}

/** Summarises evidence, where each one belongs to a number of signals. Skips lists and objects in it. */
export function summaryOf(
  all: readonly { evidence: Readonly<Record<string, unknown>>; count: number }[],
): EvidenceSummary {
  const keys = new Map<string, Map<Scalar, number>>();
  for (const { evidence, count } of all) {
    for (const [key, value] of Object.entries(evidence)) {
      if (!isScalar(value)) continue;
      const values = keys.get(key) ?? new Map<Scalar, number>();
      values.set(value, (values.get(value) ?? 0) + count);
      keys.set(key, values);
    }
  }
  return {
    signals: all.reduce((sum, { count }) => sum + count, 0),
    keys: [...keys]
      .map(([key, values]) =>
        keyOf(
          key,
          [...values].map(([value, count]) => ({ value, count })),
        ),
      )
      .sort((a, b) => b.signals - a.signals || a.key.localeCompare(b.key))
      .slice(0, maxKeys),
  };
}

function keyOf(key: string, values: readonly { value: Scalar; count: number }[]): EvidenceKey {
  const numbers = values
    .flatMap(({ value, count }) => (typeof value === 'number' ? [{ value, count }] : []))
    .sort((a, b) => a.value - b.value);
  return {
    key,
    signals: values.reduce((sum, { count }) => sum + count, 0),
    values: values
      .toSorted((a, b) => b.count - a.count || String(a.value).localeCompare(String(b.value)))
      .slice(0, maxValues),
    distinct: values.length,
    ...(numbers.length === 0 ? {} : { numbers: spread(numbers) }),
  };
}

/** The spread of values in ascending order, each with its count. */
function spread(numbers: readonly { value: number; count: number }[]) {
  const total = numbers.reduce((sum, { count }) => sum + count, 0);
  const nth = (rank: number) => {
    let below = 0;
    return (
      numbers.find(({ count }) => {
        below += count;
        return below > rank;
      })?.value ?? 0
    );
  };
  return {
    min: nth(0),
    median: (nth(Math.floor((total - 1) / 2)) + nth(Math.floor(total / 2))) / 2,
    max: nth(total - 1),
  };
}
