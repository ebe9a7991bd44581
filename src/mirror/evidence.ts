import type { Mirror } from '../db/open.ts';
import { createSearchIndex } from './search-index.ts';

/** Keeps what detectors saw, by the keys of signals, and its words in the full-text index. */
export interface EvidenceStore {
  /** `known` is what is there; null: nothing. */
  put(key: number, body: string | null, known: string | null): void;
  /** Removes that of these signals. */
  remove(keys: readonly number[]): void;
  /** Makes the full-text index anew. */
  reindex(): void;
  store(): void;
  forget(): void;
}

export function createEvidenceStore({ sqlite }: Pick<Mirror, 'sqlite'>): EvidenceStore {
  const index = createSearchIndex(sqlite, 'evidence_fts', ['body']);
  const add = sqlite.prepare<[number, string]>('insert into evidence (key, body) values (?, ?)');
  const drop = sqlite.prepare<[string], { key: number; body: string }>(
    'delete from evidence where key in (select value from json_each(?)) returning key, body',
  );

  const after = sqlite.prepare<[number], { key: number; body: string }>(
    'select key, body from evidence where key > ? order by key limit 1000',
  );

  function remove(keys: readonly number[]): void {
    for (const { key, body } of drop.all(JSON.stringify(keys))) index.remove(key, [body]);
  }

  return {
    put: (key, body, known) => {
      if (body === known) return;
      if (known !== null) remove([key]);
      if (body === null) return;
      add.run(key, body);
      index.add(key, [body]);
    },
    remove,
    reindex: () => index.refill((id) => after.all(id).map(({ key, body }) => ({ id: key, texts: [body] }))),
    store: index.store,
    forget: index.forget,
  };
}
