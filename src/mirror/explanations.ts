import { hash } from 'node:crypto';
import type { Mirror } from '../db/open.ts';
import type { Dictionary } from './dictionary.ts';
import { createSearchIndex } from './search-index.ts';

/** What a signal is explained with; `suggestedFixes` is JSON text. */
export interface Explanation {
  failureType: string;
  title: string | null;
  what: string | null;
  whyItMatters: string | null;
  evidenceSummary: string | null;
  suggestedFixes: string | null;
}

/** Keeps each explanation once, and its words in the full-text index. */
export interface ExplanationStore {
  /** The explanation's number; a new one gets one, in the transaction under way. */
  number(explanation: Explanation): number;
  /** Removes those that no signal has. @returns how many. */
  removeUnused(): number;
  /** Makes the full-text index anew. */
  reindex(): void;
  store(): void;
  /** Drops what is remembered: after a rollback it may never have been stored, and others may have removed it. */
  forget(): void;
}

/** What of an explanation is in the full-text index. */
export const explanationWords = ({ failureType, title, what, evidenceSummary }: Explanation) => [
  failureType,
  title,
  what,
  evidenceSummary,
];

export const explanationColumns = ['failure_type', 'title', 'what', 'evidence_summary'] as const;

/** As SQLite stores it: two that it takes for one must have one number. */
const keyOf = ({ failureType, title, what, whyItMatters, evidenceSummary, suggestedFixes }: Explanation) =>
  JSON.stringify([failureType, title, what, whyItMatters, evidenceSummary, suggestedFixes]);

const hashOfKey = (key: string): Buffer => hash('sha256', key, 'buffer').subarray(0, 16);

export const explanationHash = (explanation: Explanation): Buffer => hashOfKey(keyOf(explanation));

/** More than this (some megabytes) are not remembered at a time. */
const maxRemembered = 5000;

export function createExplanationStore({ sqlite }: Pick<Mirror, 'sqlite'>, dictionary: Dictionary): ExplanationStore {
  const known = new Map<string, number>();
  const index = createSearchIndex(sqlite, 'explanations_fts', explanationColumns);
  const find = sqlite.prepare<[Buffer], number>('select id from explanations where hash = ?').pluck();
  const add = sqlite.prepare(
    `insert into explanations (hash, failure_type, title, what, why_it_matters, evidence_summary, suggested_fixes)
      values (?, ?, ?, ?, ?, ?, ?)`,
  );
  const columns = `id, (select name from names where id = failure_type) as failureType, title, what,
    evidence_summary as evidenceSummary`;
  const after = sqlite.prepare<[number], { id: number } & Explanation>(
    `select ${columns} from explanations where id > ? order by id limit 1000`,
  );
  const drop = sqlite.prepare<[], { id: number; failureType: string } & Omit<Explanation, 'failureType'>>(
    `delete from explanations where id not in (select explanation from signals)
      returning ${columns}`,
  );

  function lookUp(explanation: Explanation, key: string): number {
    const { failureType, title, what, whyItMatters, evidenceSummary, suggestedFixes } = explanation;
    const body = hashOfKey(key);
    const found = find.get(body);
    if (found !== undefined) return found;
    const type = dictionary.name(failureType);
    const texts = [title, what, whyItMatters, evidenceSummary, suggestedFixes];
    const id = Number(add.run(body, type, ...texts).lastInsertRowid);
    index.add(id, explanationWords(explanation));
    return id;
  }

  return {
    number: (explanation) => {
      const key = keyOf(explanation);
      const remembered = known.get(key);
      if (remembered !== undefined) return remembered;
      const id = lookUp(explanation, key);
      if (known.size >= maxRemembered) known.clear();
      known.set(key, id);
      return id;
    },
    removeUnused: () => {
      known.clear();
      const dropped = drop.all();
      for (const { id, ...explanation } of dropped) index.remove(id, explanationWords(explanation));
      return dropped.length;
    },
    reindex: () => index.refill((id) => after.all(id).map((row) => ({ id: row.id, texts: explanationWords(row) }))),
    store: index.store,
    forget: () => {
      known.clear();
      index.forget();
    },
  };
}
