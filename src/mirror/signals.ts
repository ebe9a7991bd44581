import { and, eq, gte, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runEvents, runs, signals } from '../db/schema.ts';
import type { Dictionary } from './dictionary.ts';
import { writerOf } from './row-writer.ts';
import { bit, changeOf, countRemoved, inJsonArray, liveRows, type Removed, type Stored } from './stamps.ts';

/** A row of a signals list. `evidence`, `suggestedFixes` and `extra` are JSON text; `detectedAt` is in Unix seconds. */
export interface SignalRow {
  id: number;
  runId: string;
  failureType: string;
  severity: string;
  agentVersion: string | null;
  stepIndex: number | null;
  confidence: number | null;
  detectedAt: number;
  evidence: string | null;
  alerted: boolean | null;
  shadow: boolean | null;
  coSignalCount: number | null;
  title: string | null;
  what: string | null;
  whyItMatters: string | null;
  evidenceSummary: string | null;
  suggestedFixes: string | null;
  extra: string | null;
}

type StoredSignal = typeof signals.$inferSelect;

/** Whose list brought a signal, and in which pass; null: no list has, yet. */
interface SignalStamp {
  agent: number;
  pass: number | null;
}

export interface SignalStore {
  /**
   * What the mirror holds under the ids of `rows`, by signal id. `isSame` is false where that is another signal: ids
   * start again at 1 in a wiped backend. Of `unread` rows no more than the id is known, and none is the same.
   */
  lookup(
    rows: readonly Pick<SignalRow, 'id' | 'runId' | 'detectedAt'>[],
    unread?: readonly number[],
  ): Map<number, Stored<StoredSignal>>;
  /** Signals of these runs (by number) are about to be stored, many of them. */
  expect(runs: readonly number[]): void;
  /** Stores a row; `known` is what the mirror holds under its id. */
  put(row: SignalRow, known: Stored<StoredSignal> | undefined, run: number, stamp: SignalStamp): void;
  /** Keeps a row as it is that a list showed and that could not be read. */
  keep(known: Pick<StoredSignal, 'key'>, stamp: { pass: number }): void;
  countSince(agent: number, pass: number): number;
  countLive(agent: number): number;
  /** Marks what no pass since `pass` has seen, but for what is from before `keepFrom` (Unix seconds) and not looked for. */
  markUnseen(agent: number, pass: number, now: number, keepFrom: number): void;
  /** Marks all signals of all agents. */
  markAll(now: number): void;
  removeUnseen(agent: number, pass: number): void;
  /** Removes at most `limit` of an agent's signals from before `keepFrom` (Unix seconds). */
  removeOld(agent: number, keepFrom: number, limit: number): Removed;
}

export function createSignalStore({ db, sqlite, arrivals }: Mirror, dictionary: Dictionary): SignalStore {
  const lookupRows = db
    .select({ row: signals, runId: runs.runId })
    .from(signals)
    .innerJoin(runs, eq(runs.id, signals.run))
    .where(inJsonArray(signals.key, 'keys'))
    .prepare();

  const writer = writerOf<StoredSignal, 'key'>(sqlite, signals, 'key');

  const restamp = db
    .update(signals)
    .set({ pass: sql`${sql.placeholder('pass')}` })
    .where(eq(signals.key, sql.placeholder('key')))
    .prepare();

  function lookup(rows: readonly Pick<SignalRow, 'id' | 'runId' | 'detectedAt'>[], unread: readonly number[] = []) {
    const incoming = new Map(rows.map((row) => [row.id, row]));
    const stored = lookupRows.all({ keys: JSON.stringify([...incoming.keys(), ...unread].map((id) => -id)) });
    return new Map(
      stored.map(({ row, runId }) => {
        const twin = incoming.get(-row.key);
        return [-row.key, { row, isSame: twin?.runId === runId && twin.detectedAt === row.detectedAt }];
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
      evidence: dictionary.rareTextOrNull(row.evidence),
      alerted: bit(row.alerted),
      shadow: bit(row.shadow),
      coSignalCount: row.coSignalCount,
      title: dictionary.textOrNull(row.title),
      what: dictionary.textOrNull(row.what),
      whyItMatters: dictionary.textOrNull(row.whyItMatters),
      evidenceSummary: dictionary.textOrNull(row.evidenceSummary),
      suggestedFixes: dictionary.textOrNull(row.suggestedFixes),
      extra: row.extra,
      goneAt: null,
      pass,
    };
  }

  function removeUnseen(agent: number, pass: number): void {
    db.delete(signals)
      .where(and(eq(signals.agent, agent), or(lt(signals.pass, pass), isNull(signals.pass))))
      .run();
    removeUnnamedRuns(agent);
  }

  /** Removes the runs that were known from signals alone, and that no signal names any more. */
  function removeUnnamedRuns(agent: number): void {
    const unnamed = sql`not exists (select 1 from ${signals} where ${signals.run} = ${runs.id})`;
    const empty = sql`not exists (select 1 from ${runEvents} where ${runEvents.run} = ${runs.id})`;
    db.delete(runs)
      .where(and(eq(runs.agent, agent), isNull(runs.pass), unnamed, empty))
      .run();
  }

  return {
    lookup,
    expect: arrivals.signalsOf,
    put: (row, known, run, stamp) => {
      const next = coded(row, run, stamp);
      if (!known) {
        writer.insert(next);
        arrivals.signal(next);
        return;
      }
      const change = changeOf(next, known.row);
      if (change === 'row') writer.update(next);
      else if (change === 'stamp') restamp.run({ key: next.key, pass: next.pass });
    },
    keep: ({ key }, { pass }) => {
      restamp.run({ key, pass });
    },
    countSince: (agent, pass) => liveRows(db, signals, agent, pass),
    countLive: (agent) => liveRows(db, signals, agent, 0),
    markUnseen: (agent, pass, now, keepFrom) => {
      const unseen = and(eq(signals.agent, agent), lt(signals.pass, pass), gte(signals.detectedAt, keepFrom));
      db.update(signals)
        .set({ goneAt: now })
        .where(and(unseen, isNull(signals.goneAt)))
        .run();
    },
    markAll: (now) => {
      db.update(signals).set({ goneAt: now }).where(isNull(signals.goneAt)).run();
    },
    removeUnseen,
    removeOld: (agent, keepFrom, limit) => {
      const old = db
        .select({ key: signals.key })
        .from(signals)
        .where(and(eq(signals.agent, agent), lt(signals.detectedAt, keepFrom)))
        .orderBy(signals.detectedAt)
        .limit(limit);
      const removed = db
        .delete(signals)
        .where(inArray(signals.key, old))
        .returning({ pass: signals.pass, goneAt: signals.goneAt })
        .all();
      if (removed.length > 0 && removed.length < limit) removeUnnamedRuns(agent);
      return countRemoved(removed);
    },
  };
}
