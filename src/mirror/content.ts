import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { type ContentState, contentMeta, isMarkedKept, markKept, unmarkKept } from '../db/content.ts';
import { movedAside, removeAside } from '../db/file.ts';
import type { Mirror } from '../db/open.ts';
import { mirrorMeta, runs } from '../db/schema.ts';
import { type Content, contentOf } from '../lists/content.ts';
import { createRehash, type Rehash, type RehashDeps } from './rehash.ts';

/** How the mirror treats the texts in its rows, and what becomes of those that it has when that changes. */
export interface ContentStore extends Rehash {
  state(): ContentState;
  /** Whether texts that were kept may still lie in the file, or in one that was moved aside. */
  mayHoldTexts(): boolean;
  /** How to treat the texts of rows: to be asked for in the transaction that stores them. */
  policy(): Content;
  /** From now on texts are kept, and each run's events are to be fetched again. To be called in a transaction. */
  keep(): void;
  /** From now on texts are hashed. To be called in a transaction. */
  hash(): void;
  /**
   * Once all rows are hashed: gives back the space in which texts may still lie, empties the write-ahead log, and deletes
   * mirrors that were moved aside. Not in a transaction.
   * @returns the deleted files; undefined: another process reads the old state, or keeps texts, so that it is to be done
   * again later.
   */
  purge(): string[] | undefined;
}

export function createContentStore(mirror: Mirror, deps: RehashDeps): ContentStore {
  const { db, sqlite, file } = mirror;
  const set = (content: ContentState) => {
    db.update(mirrorMeta).set({ content }).run();
    deps.changes.other();
  };

  function keep(): void {
    markKept(file);
    set('keep');
    const hasEvents = and(isNotNull(runs.detailAt), isNull(runs.goneAt), eq(runs.eventsExpired, false));
    db.update(runs).set({ detailAt: null }).where(hasEvents).run();
  }

  /** Empties the write-ahead log. @returns whether it is empty: no process reads an older state. */
  function emptyLog(): boolean {
    const [done] = sqlite.prepare<[], { busy: number }>('pragma wal_checkpoint(truncate)').all();
    return done?.busy === 0;
  }

  function purge(): string[] | undefined {
    // A log that can't be emptied would grow by the whole file at each attempt.
    if (!emptyLog()) return undefined;
    // An index goes on holding words until its parts are merged; a new one has none but those of its rows.
    mirror.write(() => {
      deps.evidence.reindex();
      deps.explanations.reindex();
    });
    // A large file has no room in memory for its copy.
    sqlite.pragma('temp_store = FILE');
    try {
      sqlite.exec('vacuum');
    } finally {
      sqlite.pragma('temp_store = MEMORY');
    }
    if (!emptyLog()) return undefined;
    const removed = movedAside(file);
    for (const path of removed) removeAside(path);
    return mirror.write(() => {
      // Another process may keep texts since.
      if (contentMeta(db).content !== 'hashing') return undefined;
      db.update(mirrorMeta).set({ content: 'hash' }).run();
      unmarkKept(file);
      return removed;
    });
  }

  return {
    ...createRehash(mirror, deps, () => contentMeta(db).contentSecret),
    state: () => contentMeta(db).content,
    mayHoldTexts: () => contentMeta(db).content !== 'hash' || isMarkedKept(file),
    policy: () => contentOf(contentMeta(db)),
    keep,
    hash: () => set('hashing'),
    purge,
  };
}
