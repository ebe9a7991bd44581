import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { type Mirror, openMirror } from '../../src/db/open.ts';
import type { Owner } from '../../src/db/owner.ts';
import { createStore, type Store } from '../../src/mirror/store.ts';

export const testOwner: Owner = { apiUrl: 'http://127.0.0.1:8002', apiKey: 'dt_dev_test' };

/** One writing connection to the file. */
export interface Connection {
  readonly mirror: Mirror;
  readonly store: Store;
  /** What opening the file had to say. */
  readonly warning: string | undefined;
}

export interface TempMirror {
  readonly folder: string;
  readonly file: string;
  /** The main connection; another object after `reopen`. */
  readonly mirror: Mirror;
  readonly store: Store;
  /** A connection of its own to the same file, as another process would have. */
  connect(): Connection;
  /** What a crash and a new start come to: the main connection is closed, whatever was under way, and opened anew. */
  reopen(): void;
  /** Closes every connection and removes the folder; done by itself when the test ends. */
  dispose(): void;
}

/** A real mirror file in a folder of its own, gone when the test ends. To be called inside a test. */
export function createTempMirror(clock: Clock, owner: Owner = testOwner): TempMirror {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-mirror-'));
  const file = join(folder, 'mirror.db');
  const open = new Set<Connection>();

  function connect(): Connection {
    const { mirror, warning } = openMirror(file, owner, clock);
    const connection = { mirror, store: createStore(mirror), warning };
    open.add(connection);
    return connection;
  }

  function close(connection: Connection): void {
    open.delete(connection);
    connection.mirror.close();
  }

  function dispose(): void {
    for (const connection of [...open]) close(connection);
    rmSync(folder, { recursive: true, force: true });
  }

  let main = connect();
  onTestFinished(dispose);
  return {
    folder,
    file,
    get mirror() {
      return main.mirror;
    },
    get store() {
      return main.store;
    },
    connect,
    reopen: () => {
      close(main);
      main = connect();
    },
    dispose,
  };
}
