import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Clock } from '../clock.ts';
import { MirrorError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { applicationId } from './file.ts';
import { newOwnership, type Owner, refuseOtherOwner } from './owner.ts';
import { mirrorMeta } from './schema.ts';

const migrationsFolder = fileURLToPath(new URL('migrations', packageRoot));

/** Schemas up to this version were never released: a mirror with one of them is moved aside. */
const unreleased = 100;

/** The version that this program writes. */
export function schemaVersion(): number {
  return unreleased + readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql')).length;
}

const numberPragma = (sqlite: Database.Database, name: string) => Number(sqlite.pragma(name, { simple: true }));

const isEmpty = (sqlite: Database.Database) =>
  sqlite.prepare('select 1 from sqlite_master limit 1').get() === undefined;

/** What a database says it is. */
export interface Kind {
  isOurs: boolean;
  hasNoTables: boolean;
  version: number;
}

/** Asks for all of it in one transaction: another process may be making the mirror at this moment. */
export function kindOf(sqlite: Database.Database): Kind {
  return sqlite.transaction(() => ({
    isOurs: numberPragma(sqlite, 'application_id') === applicationId,
    hasNoTables: isEmpty(sqlite),
    version: numberPragma(sqlite, 'user_version'),
  }))();
}

export function refuseForeign(file: string): never {
  throw new MirrorError(
    'foreign',
    `${file} is the SQLite database of another program; it was left untouched. Set DUNETRACE_DB to a file of its own.`,
  );
}

export function refuseNewer(file: string, version: number): void {
  const known = schemaVersion();
  if (version <= known) return;
  throw new MirrorError(
    'newer',
    `The mirror file ${file} was written by a newer dunetrace-mcp (schema ${version}, this one knows ${known}); it was left untouched. Update dunetrace-mcp, or set DUNETRACE_DB to another file.`,
  );
}

/** @throws MirrorError of kind outdated for a mirror that no migration leads on from. */
export function refuseOutdated(file: string, version: number): void {
  if (version === 0 || version > unreleased) return;
  throw new MirrorError(
    'outdated',
    `The mirror file ${file} was written by an unreleased dunetrace-mcp. Run \`dunetrace-mcp sync\` to move it aside and start a new one.`,
  );
}

/**
 * Whether nothing has to be written before the file can be used. Who only looks is not kept waiting by another process
 * that is suspended while it writes.
 * @throws MirrorError for the file of another owner.
 */
export function isReady(sqlite: Database.Database, db: BetterSQLite3Database, file: string, owner: Owner): boolean {
  const version = schemaVersion();
  if (numberPragma(sqlite, 'user_version') !== version || numberPragma(sqlite, 'application_id') !== applicationId)
    return false;
  const meta = db.select().from(mirrorMeta).get();
  if (meta) refuseOtherOwner(file, meta, owner);
  return meta?.schemaVersion === version;
}

/**
 * Brings the schema up to date and checks whose file it is. To be called in a transaction.
 * @throws MirrorError for a file of another program, owner or version.
 */
export function migrate(
  sqlite: Database.Database,
  db: BetterSQLite3Database,
  file: string,
  owner: Owner,
  clock: Clock,
): void {
  const { isOurs, hasNoTables, version } = kindOf(sqlite);
  if (!isOurs && !hasNoTables) refuseForeign(file);
  refuseNewer(file, version);
  refuseOutdated(file, version);
  const known = schemaVersion();
  for (const migration of readMigrationFiles({ migrationsFolder }).slice(Math.max(0, version - unreleased)))
    for (const statement of migration.sql) sqlite.exec(statement);
  sqlite.pragma(`application_id = ${applicationId}`);
  sqlite.pragma(`user_version = ${known}`);
  const meta = db.select().from(mirrorMeta).get();
  if (meta) {
    refuseOtherOwner(file, meta, owner);
    db.update(mirrorMeta).set({ schemaVersion: known }).run();
    return;
  }
  db.insert(mirrorMeta)
    .values({ id: 1, schemaVersion: known, ...newOwnership(owner), createdAt: clock.now() })
    .run();
}
