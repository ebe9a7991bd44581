import { chmodSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { Clock } from '../clock.ts';
import { codeOf, MirrorError } from '../errors.ts';
import { explainFault, isCorruption } from './faults.ts';
import {
  type Aside,
  applicationId,
  type Found,
  inspect,
  type Marks,
  makeFile,
  makeFolder,
  marksOf,
  quarantine,
  removeCompanions,
} from './file.ts';
import { isReady, kindOf, migrate, refuseForeign, refuseNewer, refuseOutdated, schemaVersion } from './migrate.ts';
import { type Owner, refuseOtherOwner } from './owner.ts';
import { mirrorMeta } from './schema.ts';
import { type Transactions, transactions } from './transactions.ts';

/** A connection that may only read. */
export interface Reader {
  readonly file: string;
  readonly db: BetterSQLite3Database;
  readonly sqlite: Database.Database;
  close(): void;
}

/** The writing connection. Only one thread of a process holds one. */
export interface Mirror extends Reader, Transactions {}

export interface OpenedMirror {
  mirror: Mirror;
  /** Something the user should know: a file that was moved aside. */
  warning?: string;
}

const busyTimeoutMs = 10_000;
/**
 * Refuses another program's database without touching it: what is still in its -wal is looked at read-only.
 * (A mirror whose first commit is in the -wal alone looks empty.)
 */
function refuseForeignFile(file: string, found: Found, waitMs = busyTimeoutMs): void {
  if (found.application === applicationId) return;
  if (!existsSync(`${file}-wal`)) {
    if (!found.isEmpty) refuseForeign(file);
    return;
  }
  const probe = new Database(file, { readonly: true, fileMustExist: true, timeout: waitMs });
  try {
    const { isOurs, hasNoTables } = kindOf(probe);
    if (!isOurs && !hasNoTables) refuseForeign(file);
  } finally {
    probe.close();
  }
}

/** Switching to WAL needs the file alone for a moment, and SQLite does not wait for that by itself. */
function enableWal(sqlite: Database.Database): void {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      sqlite.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (!codeOf(error)?.startsWith('SQLITE_BUSY') || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function openForWriting(file: string, owner: Owner, clock: Clock): Mirror {
  makeFile(file);
  const sqlite = new Database(file, { timeout: busyTimeoutMs });
  try {
    const db = drizzle({ client: sqlite });
    chmodSync(file, 0o600);
    enableWal(sqlite);
    sqlite.pragma('synchronous = NORMAL');
    sqlite.pragma('foreign_keys = ON');
    // What a statement may have to undo stays in memory: a page's texts alone would go to a file each time.
    sqlite.pragma('temp_store = MEMORY');
    // Fewer, larger checkpoints make a backfill a third faster; the size limit gives the space back afterwards.
    sqlite.pragma('wal_autocheckpoint = 10000');
    sqlite.pragma('journal_size_limit = 67108864');
    if (!isReady(sqlite, db, file, owner))
      sqlite.transaction(() => migrate(sqlite, db, file, owner, clock)).immediate();
    return { file, db, sqlite, ...transactions(sqlite), close: () => sqlite.close() };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/**
 * Opens the mirror for writing; makes it, or brings its schema up to date, where needed. A file that is no database or
 * is damaged is moved aside, and a new one begins.
 * @throws MirrorError for a file of another program, owner or newer version (left untouched), or one that can't be used.
 */
export function openMirror(file: string, owner: Owner, clock: Clock): OpenedMirror {
  const marks = marksOf(file);
  try {
    makeFolder(dirname(file));
    const found = inspect(file);
    if (found === 'no database') return replaceFile(marks, owner, clock, 'is not a SQLite database');
    if (found === 'absent') {
      // What a file that was deleted left behind must not be taken for a new one's.
      if (!existsSync(file)) removeCompanions(marks);
    } else {
      refuseForeignFile(file, found);
      if (found.application === applicationId) refuseNewer(file, found.version);
    }
    return { mirror: openForWriting(file, owner, clock) };
  } catch (error) {
    if (isCorruption(error)) return replaceFile(marks, owner, clock, 'is damaged');
    if (error instanceof MirrorError && error.kind === 'outdated')
      return replaceFile(marks, owner, clock, 'was written by an unreleased dunetrace-mcp', 'outdated');
    throw explainFault(error, file);
  }
}

function replaceFile(marks: Marks, owner: Owner, clock: Clock, cause: string, why: Aside = 'corrupt'): OpenedMirror {
  const { file } = marks;
  try {
    const moved = quarantine(marks, clock, why);
    // Another process has already moved it aside.
    if (moved === undefined) return { mirror: openForWriting(file, owner, clock) };
    const warning = `The mirror file ${file} ${cause}. It was moved to ${moved}, and a new one was started.`;
    return { mirror: openForWriting(file, owner, clock), warning };
  } catch (error) {
    throw explainFault(error, file);
  }
}

/**
 * Opens the mirror read-only. It changes nothing, never waits for the writer, and sees each page of rows whole.
 * @param waitMs how long to wait where the file is locked, as it is for moments when its -wal is begun or ended.
 * @throws MirrorError of kind missing when there is no mirror yet; and as openMirror does.
 */
export function openReader(file: string, owner: Owner, waitMs = busyTimeoutMs): Reader {
  try {
    const found = inspect(file);
    if (found === 'absent') throw missing(file);
    if (found === 'no database')
      throw new MirrorError(
        'corrupt',
        `The mirror file ${file} is not a SQLite database. Run \`dunetrace-mcp sync\` to move it aside and start a new one.`,
      );
    refuseForeignFile(file, found, waitMs);
    return openForReading(file, owner, waitMs);
  } catch (error) {
    throw explainFault(error, file);
  }
}

/**
 * As openReader does, where this process has the mirror open for writing: its first bytes are not looked at, for
 * closing the file afterwards would give up the locks of the connection that writes.
 */
export function openReaderBeside(file: string, owner: Owner): Reader {
  try {
    return openForReading(file, owner, busyTimeoutMs);
  } catch (error) {
    throw explainFault(error, file);
  }
}

/** Another connection to the mirror that a reader has found sound, for work that lets others run meanwhile. */
export function openAnother({ file }: Reader): Reader {
  const sqlite = new Database(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs });
  return { file, sqlite, db: drizzle({ client: sqlite }), close: () => sqlite.close() };
}

function openForReading(file: string, owner: Owner, waitMs: number): Reader {
  const sqlite = new Database(file, { readonly: true, fileMustExist: true, timeout: waitMs });
  try {
    checkForReading(sqlite, file, owner);
    sqlite.pragma(`busy_timeout = ${busyTimeoutMs}`);
    return { file, sqlite, db: drizzle({ client: sqlite }), close: () => sqlite.close() };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function missing(file: string): MirrorError {
  return new MirrorError('missing', `There is no mirror yet at ${file}. Run \`dunetrace-mcp sync\` first.`);
}

function checkForReading(sqlite: Database.Database, file: string, owner: Owner): void {
  const { isOurs, hasNoTables, version } = kindOf(sqlite);
  if (version === 0 && hasNoTables) throw missing(file);
  if (!isOurs) refuseForeign(file);
  refuseNewer(file, version);
  refuseOutdated(file, version);
  if (version < schemaVersion()) {
    throw new MirrorError(
      'unusable',
      `The mirror file ${file} was written by an older dunetrace-mcp. Run \`dunetrace-mcp sync\` to bring it up to date.`,
    );
  }
  const meta = drizzle({ client: sqlite }).select().from(mirrorMeta).get();
  if (!meta) throw missing(file);
  refuseOtherOwner(file, meta, owner);
}
