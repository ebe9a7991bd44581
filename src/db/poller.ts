import type { Reader } from './open.ts';
import { lease } from './process-tables.ts';

/** The process that polls the API for the mirror; its lease ends at `expiresAt` unless it renews it. */
export interface Poller {
  pid: number;
  host: string;
  since: number;
  expiresAt: number;
}

/** The process that polls at `now` (Unix seconds); null: none does. */
export function pollerOf({ db }: Pick<Reader, 'db'>, now: number): Poller | null {
  const holder = db.select().from(lease).get();
  if (!holder || holder.expiresAt <= now) return null;
  return { pid: holder.pid, host: holder.host, since: holder.takenAt, expiresAt: holder.expiresAt };
}
