import { eq, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { evidence, runs, signals } from '../db/schema.ts';
import type { SignalRow } from '../lists/signals.ts';
import type { Changes } from './changes.ts';
import type { Dictionary } from './dictionary.ts';
import type { EvidenceStore } from './evidence.ts';
import type { ExplanationStore } from './explanations.ts';
import type { ListStore } from './list-store.ts';
import { writerOf } from './row-writer.ts';
import type { RunStore } from './runs.ts';
import type { SignalCounts } from './signal-counts.ts';
import { createSignalRemoval, markSignal } from './signals-removal.ts';
import { bit, changeOf, inJsonArray, type Stored } from './stamps.ts';

/** What changes by itself. Texts are rendered for each answer, so that a new backend changes those of all signals. */
const judged = ['severity', 'confidence', 'alerted', 'shadow'] as const;

/** A row, and the evidence that is kept apart. */
type StoredSignal = typeof signals.$inferSelect & { evidence: string | null };

/** Whose list brought a signal, and in which pass; null: no list has, yet. */
interface SignalStamp {
  agent: number;
  pass: number | null;
}

/** Whether the mirror has a signal as its list shows it, names and texts aside. */
export function isSameSignal(row: SignalRow, known: StoredSignal): boolean {
  const next = { ...row, alerted: bit(row.alerted), shadow: bit(row.shadow) };
  return shownFields.every((field) => next[field] === known[field]);
}

const shownFields = ['stepIndex', 'confidence', 'evidence', 'alerted', 'shadow', 'coSignalCount', 'extra'] as const;

export interface SignalStore extends ListStore {
  /**
   * What the mirror holds under the ids of `rows`, by signal id. `isSame` is false where that is another signal: ids
   * start again at 1 in a wiped backend. Of `unread` rows no more than the id is known, and none is the same.
   */
  lookup(
    rows: readonly Pick<SignalRow, 'id' | 'runId' | 'detectedAt'>[],
    unread?: readonly number[],
  ): Map<number, Stored<StoredSignal>>;
  /** Stores a row; `known` is what the mirror holds under its id. */
  put(row: SignalRow, known: Stored<StoredSignal> | undefined, stamp: SignalStamp): void;
  /** Whether a row that a list brought shows that the detectors changed their mind, or an alert went out. */
  hasChanged(row: SignalRow, known: StoredSignal): boolean;
  /** Keeps a row as it is that a list showed and that could not be read. */
  keep(known: Pick<StoredSignal, 'key'>, stamp: { pass: number }): void;
}

export interface SignalDeps {
  dictionary: Dictionary;
  explanations: ExplanationStore;
  evidence: EvidenceStore;
  changes: Changes;
  runs: Pick<RunStore, 'ensure'>;
  counts: SignalCounts;
}

export function createSignalStore(
  { db, sqlite }: Mirror,
  { dictionary, explanations, evidence: evidenceStore, changes, runs: runStore, counts }: SignalDeps,
): SignalStore {
  const lookupRows = db
    .select({ row: signals, runId: runs.runId, evidence: evidence.body })
    .from(signals)
    .innerJoin(runs, eq(runs.id, signals.run))
    .leftJoin(evidence, eq(evidence.key, signals.key))
    .where(inJsonArray(signals.key, 'keys'))
    .prepare();

  const writer = writerOf<typeof signals.$inferSelect, 'key'>(sqlite, signals, 'key');

  const restamp = db
    .update(signals)
    .set({ pass: sql`${sql.placeholder('pass')}` })
    .where(eq(signals.key, sql.placeholder('key')))
    .prepare();

  function lookup(rows: readonly Pick<SignalRow, 'id' | 'runId' | 'detectedAt'>[], unread: readonly number[] = []) {
    const incoming = new Map(rows.map((row) => [row.id, row]));
    const stored = lookupRows.all({ keys: JSON.stringify([...incoming.keys(), ...unread].map((id) => -id)) });
    return new Map(
      stored.map(({ row, runId, evidence: body }) => {
        const twin = incoming.get(-row.key);
        return [
          -row.key,
          { row: { ...row, evidence: body }, isSame: twin?.runId === runId && twin.detectedAt === row.detectedAt },
        ];
      }),
    );
  }

  function coded(row: SignalRow, run: number, { agent, pass }: SignalStamp): StoredSignal {
    return {
      key: -row.id,
      agent,
      run,
      failureType: dictionary.name(row.failureType),
      severity: dictionary.name(row.severity),
      version: dictionary.nameOrNull(row.agentVersion),
      stepIndex: row.stepIndex,
      confidence: row.confidence,
      detectedAt: row.detectedAt,
      evidence: row.evidence,
      alerted: bit(row.alerted),
      shadow: bit(row.shadow),
      coSignalCount: row.coSignalCount,
      explanation: explanations.number(row),
      extra: row.extra,
      goneAt: null,
      pass,
    };
  }

  return {
    lookup,
    put: (row, known, stamp) => {
      const run = runStore.ensure(row.runId, stamp.agent);
      const next = coded(row, run, stamp);
      const change = known ? changeOf(next, known.row) : 'row';
      if (change === 'stamp') restamp.run({ key: next.key, pass: next.pass });
      if (change !== 'row') return;
      if (known) {
        markSignal(changes, known.row);
        writer.update(next);
      } else writer.insert(next);
      evidenceStore.put(next.key, next.evidence, known?.row.evidence ?? null);
      changes.run(run);
      const wasThere = known?.isSame === true && known.row.pass !== null && known.row.goneAt === null;
      if (stamp.pass !== null && !wasThere) counts.came(run);
    },
    hasChanged: (row, known) => {
      const severity = dictionary.name(row.severity);
      const shown = { severity, confidence: row.confidence, alerted: bit(row.alerted), shadow: bit(row.shadow) };
      // What a newer backend adds is no change.
      return judged.some((field) => known[field] !== null && known[field] !== shown[field]);
    },
    rested: counts.settle,
    keep: ({ key }, { pass }) => {
      restamp.run({ key, pass });
    },
    ...createSignalRemoval({ db }, evidenceStore, changes),
  };
}
