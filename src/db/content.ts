import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { mirrorMeta } from './schema.ts';

/**
 * How the texts in a mirror are: hashed; kept as they came, but for what was stored before; or being hashed, after they
 * were kept.
 */
export const contentStates = ['hash', 'keep', 'hashing'] as const;

export type ContentState = (typeof contentStates)[number];

export interface ContentMeta {
  content: ContentState;
  contentSecret: string;
}

export function contentMeta(db: Pick<BetterSQLite3Database, 'select'>): ContentMeta {
  const { content, contentSecret } = mirrorMeta;
  return db.select({ content, contentSecret }).from(mirrorMeta).get() ?? { content: 'hash', contentSecret: '' };
}

/**
 * Beside a mirror that keeps texts lies an empty file that says so, for a mirror that is damaged and moved aside may
 * not be able to.
 */
const markOf = (file: string) => `${file}.keeps-texts`;

export const isMarkedKept = (file: string): boolean => existsSync(markOf(file));
export const markKept = (file: string): void => writeFileSync(markOf(file), '', { mode: 0o600 });
export const unmarkKept = (file: string): void => rmSync(markOf(file), { force: true });
