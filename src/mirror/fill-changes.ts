import type Database from 'better-sqlite3';
import type { Cell, HandedName, HandedRow } from '../db/handed-tables.ts';
import { wordsOf } from '../db/words.ts';
import type { ListName } from '../lists/names.ts';
import type { Changes } from './changes.ts';
import { type Explanation, explanationColumns, explanationHash, explanationWords } from './explanations.ts';
import { createSearchIndex } from './search-index.ts';

/** What becomes of the rows of a table that another mirror gave, before they are stored. */
export interface FillChange {
  /** Columns that were not handed over. */
  readonly added?: readonly string[];
  /** The row to store; undefined: it is left out. */
  readonly change?: (row: HandedRow) => Readonly<Record<string, unknown>> | undefined;
  /** To be called at the end of each transaction. */
  readonly flush?: (isLast: boolean) => void;
}

export type PassOf = (list: ListName, row: HandedRow) => number | null;

export interface FillChangesDeps {
  sqlite: Database.Database;
  names: ReadonlyMap<Cell | undefined, string>;
  passOf: PassOf;
  changes: Pick<Changes, 'runAt' | 'signalAt'>;
  /** Unix seconds. */
  now: number;
}

export const textOf = (cell: Cell | undefined): string | null => (typeof cell === 'string' ? cell : null);
export const numberOf = (cell: Cell | undefined): number | null => (typeof cell === 'number' ? cell : null);

export function createFillChanges({ sqlite, names, passOf, changes, now }: FillChangesDeps) {
  // What was fetched in the future would never be due again.
  const notAfterNow = (cell: Cell | undefined) => (typeof cell === 'number' ? Math.min(now, cell) : null);
  return {
    agents: agentsChange(sqlite),
    explanations: explanationsChange(sqlite, names),
    runs: {
      change: (row) => {
        if (row.gone_at === null && row.pass !== null)
          changes.runAt(numberOf(row.agent) ?? 0, numberOf(row.started_at) ?? numberOf(row.completed_at));
        return { ...row, detail_at: notAfterNow(row.detail_at), pass: passOf('runs', row) };
      },
    },
    signals: {
      change: (row) => {
        if (row.gone_at === null) changes.signalAt(numberOf(row.agent) ?? 0, numberOf(row.detected_at) ?? 0);
        return { ...row, pass: passOf('signals', row) };
      },
    },
    evidence: evidenceChange(sqlite),
    health: { change: (row) => ({ ...row, fetched_at: notAfterNow(row.fetched_at) }) },
    recordLists: {
      // What another mirror says of its lists is not proven: of the whole list nothing is known but that it was read then.
      change: (row) => {
        const readAt = notAfterNow(row.read_at);
        return { ...row, read_at: readAt, covered_from: readAt ?? now, error_at: notAfterNow(row.error_at) };
      },
    },
  } as const satisfies Partial<Record<HandedName, FillChange>>;
}

function agentsChange(sqlite: Database.Database): FillChange {
  const addWords = sqlite.prepare<[number, string]>('insert into agents_fts (rowid, agent_id) values (?, ?)');
  return {
    change: (row) => {
      const name = textOf(row.agent_id) ?? '';
      // What an emptied mirror has in place of one.
      if (name === '') return undefined;
      addWords.run(numberOf(row.id) ?? 0, wordsOf(name));
      return { ...row, pass: row.pass === null ? null : 1 };
    },
  };
}

function explanationsChange(sqlite: Database.Database, names: FillChangesDeps['names']): FillChange {
  const index = createSearchIndex(sqlite, 'explanations_fts', explanationColumns);
  return {
    added: ['hash'],
    change: (row) => {
      const explanation: Explanation = {
        failureType: names.get(row.failure_type) ?? '',
        title: textOf(row.title),
        what: textOf(row.what),
        whyItMatters: textOf(row.why_it_matters),
        evidenceSummary: textOf(row.evidence_summary),
        suggestedFixes: textOf(row.suggested_fixes),
      };
      index.add(numberOf(row.id) ?? 0, explanationWords(explanation));
      return { ...row, hash: explanationHash(explanation) };
    },
    flush: index.store,
  };
}

function evidenceChange(sqlite: Database.Database): FillChange {
  const index = createSearchIndex(sqlite, 'evidence_fts', ['body']);
  return {
    change: (row) => {
      index.add(numberOf(row.key) ?? 0, [textOf(row.body)]);
      return row;
    },
    flush: index.store,
  };
}
