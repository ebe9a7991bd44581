import type { Reader } from './open.ts';

/** Bytes that the mirror's rows and indexes take. What was removed has left room in the file, which is used again. */
export function usedBytes({ sqlite }: Pick<Reader, 'sqlite'>): number {
  const pragma = (name: string) => Number(sqlite.pragma(name, { simple: true }));
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}
