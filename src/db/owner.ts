import { createHmac, randomBytes } from 'node:crypto';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { MirrorError } from '../errors.ts';
import { mirrorMeta } from './schema.ts';

/** Whose data a mirror holds. */
export interface Owner {
  apiUrl: string;
  apiKey: string;
}

type Meta = typeof mirrorMeta.$inferSelect;
type Db = Pick<BetterSQLite3Database, 'select' | 'update'>;

/** In place of a fingerprint: no key was accepted by the API yet, so that one that is mistyped keeps no other out. */
const unbound = '';

const fingerprint = (salt: string, apiKey: string) => createHmac('sha256', salt).update(apiKey).digest('hex');

/** The owner of a new mirror: the URL, and any key until the API has accepted one. */
export function newOwnership({ apiUrl }: Owner): Pick<Meta, 'apiUrl' | 'keySalt' | 'keyFingerprint' | 'contentSecret'> {
  const secret = (bytes: number) => randomBytes(bytes).toString('hex');
  return { apiUrl, keySalt: secret(16), keyFingerprint: unbound, contentSecret: secret(32) };
}

/** @throws MirrorError for the file of another owner. */
export function refuseOtherOwner(file: string, meta: Meta, { apiUrl, apiKey }: Owner): void {
  const fix = 'Unset DUNETRACE_DB to get a file for each URL and key, or set it to another file.';
  if (meta.apiUrl !== apiUrl)
    throw new MirrorError('other_owner', `The mirror file ${file} belongs to ${meta.apiUrl}, not to ${apiUrl}. ${fix}`);
  if (meta.keyFingerprint !== unbound && meta.keyFingerprint !== fingerprint(meta.keySalt, apiKey))
    throw new MirrorError('other_owner', `The mirror file ${file} belongs to another API key of ${apiUrl}. ${fix}`);
}

/**
 * The API has accepted the key: from now on the mirror is this key's alone. To be called in a transaction.
 * @throws MirrorError when another key was accepted first.
 */
export function bindKey(file: string, db: Db, owner: Owner): void {
  const meta = db.select().from(mirrorMeta).get();
  if (!meta) return;
  refuseOtherOwner(file, meta, owner);
  if (meta.keyFingerprint === unbound)
    db.update(mirrorMeta)
      .set({ keyFingerprint: fingerprint(meta.keySalt, owner.apiKey) })
      .run();
}

/** Whose the mirror is by now, as far as the key goes. */
export function ownershipOf(db: Pick<Db, 'select'>, { apiKey }: Owner): 'ours' | 'nobody' | 'others' {
  const meta = db.select().from(mirrorMeta).get();
  if (!meta || meta.keyFingerprint === unbound) return 'nobody';
  return meta.keyFingerprint === fingerprint(meta.keySalt, apiKey) ? 'ours' : 'others';
}
