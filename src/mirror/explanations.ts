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

/** More than this (some megabytes) are not remembered at a time. */
const maxRemembered = 5000;

export function createExplanationStore({ sqlite }: Pick<Mirror, 'sqlite'>, dictionary: Dictionary): ExplanationStore {
  const known = new Map<string, number>();
  const index = createSearchIndex(sqlite, 'explanations_fts', ['failure_type', 'title', 'what', 'evidence_summary']);
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

  const wordsOf = ({ failureType, title, what, evidenceSummary }: Explanation) => [
    failureType,
    title,
    what,
    evidenceSummary,
  ];

  function lookUp(explanation: Explanation, key: string): number {
    const { failureType, title, what, whyItMatters, evidenceSummary, suggestedFixes } = explanation;
    const body = hash('sha256', key, 'buffer').subarray(0, 16);
    const found = find.get(body);
    if (found !== undefined) return found;
    const type = dictionary.name(failureType);
    const texts = [title, what, whyItMatters, evidenceSummary, suggestedFixes];
    const id = Number(add.run(body, type, ...texts).lastInsertRowid);
    index.add(id, wordsOf(explanation));
    return id;
  }

  return {
    number: (explanation) => {
      const { failureType, title, what, whyItMatters, evidenceSummary, suggestedFixes } = explanation;
      // As SQLite stores it: two that it takes for one must have one number.
      const key = JSON.stringify([failureType, title, what, whyItMatters, evidenceSummary, suggestedFixes]);
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
      for (const { id, ...explanation } of dropped) index.remove(id, wordsOf(explanation));
      return dropped.length;
    },
    reindex: () => index.refill((id) => after.all(id).map((row) => ({ id: row.id, texts: wordsOf(row) }))),
    store: index.store,
    forget: () => {
      known.clear();
      index.forget();
    },
  };
}
