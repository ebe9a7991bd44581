import { setImmediate as letOthers } from 'node:timers/promises';
import type { Reader } from '../db/open.ts';
import { isWithoutMirror, UsageError } from '../errors.ts';
import { fingerprintOf } from './templates.ts';
import { parseUri } from './uris.ts';

/** The URIs that one session has subscribed to. */
export interface Subscriptions {
  /** @throws UnknownResourceError for a URI that is malformed; UsageError when there are too many. */
  add(uri: string): Promise<void>;
  /** Removing a URI that is not subscribed is not an error. */
  remove(uri: string): void;
  /** Reports each URI whose content has changed since the last check. Joins a check that is already running. */
  check(): Promise<void>;
}

export const maxSubscriptions = 1000;
/** Checking so many URIs takes some milliseconds; then other work gets its turn. */
const chunk = 20;

/** `unread`: the mirror could not be read; the first content after that does not count as a change. */
type Seen = string | undefined | 'unread';

export function createSubscriptions(reader: () => Promise<Reader>, notify: (uri: string) => void): Subscriptions {
  const seen = new Map<string, Seen>();
  let checking: Promise<void> | undefined;
  let isStale = false;

  async function look(uri: string): Promise<Seen> {
    try {
      return fingerprintOf(await reader(), parseUri(uri));
    } catch (error) {
      if (isWithoutMirror(error)) return 'unread';
      throw error;
    }
  }

  async function checkAll(): Promise<void> {
    while (isStale) {
      isStale = false;
      for (const [index, uri] of [...seen.keys()].entries()) {
        if (index % chunk === chunk - 1) await letOthers();
        const now = await look(uri);
        const before = seen.get(uri);
        if (now === 'unread' || !seen.has(uri) || now === before) continue;
        seen.set(uri, now);
        if (before !== 'unread') notify(uri);
      }
    }
  }

  return {
    add: async (uri) => {
      parseUri(uri);
      if (seen.has(uri)) return;
      if (seen.size >= maxSubscriptions)
        throw new UsageError(`A session can subscribe to ${maxSubscriptions} resources. Unsubscribe from some first.`);
      seen.set(uri, 'unread');
      const first = await look(uri);
      if (seen.get(uri) === 'unread') seen.set(uri, first);
    },
    remove: (uri) => void seen.delete(uri),
    check: () => {
      isStale = true;
      checking ??= checkAll().finally(() => {
        checking = undefined;
      });
      return checking;
    },
  };
}
