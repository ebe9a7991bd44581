import type { RequestId } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Notices } from '../notices/watch.ts';
import { createSubscriptions, maxSubscriptions } from '../resources/subscriptions.ts';

/** What distinguishes two requests that listen. */
type Key = RequestId | object;

/** A request with this method stays open for as long as its client listens. */
export const listenMethod = 'subscriptions/listen';

const paramsShape = z.looseObject({
  notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()).optional() }),
});

/**
 * The resources that clients without a session listen to. The SDK holds their requests open, but does not say which
 * resources they name.
 */
export interface Listening {
  /**
   * Watches the resources that the params of a `subscriptions/listen` name, if any. A second call replaces the first.
   */
  begin(key: Key, params: unknown): void;
  end(key: Key): void;
  /** Ends every request that listens. */
  stop(): void;
}

export interface ListeningDeps {
  reader: () => Promise<Reader>;
  notices: Notices;
  log: Pick<Log, 'warn'>;
  /** Tells every listener of the URI that its contents changed. */
  notify: (uri: string) => void;
}

export function createListening({ reader, notices, log, notify }: ListeningDeps): Listening {
  const wanted = new Map<Key, readonly string[]>();
  const subscriptions = createSubscriptions(reader, notify);
  let detach: (() => void) | undefined;

  function watch(uri: string): void {
    subscriptions
      .add(uri)
      .catch((error: unknown) => log.warn(`watching a resource failed: ${messageOf(error)}`, error));
  }

  function end(key: Key): void {
    const uris = wanted.get(key) ?? [];
    wanted.delete(key);
    const others = new Set([...wanted.values()].flat());
    for (const uri of uris) if (!others.has(uri)) subscriptions.remove(uri);
    if (wanted.size > 0) return;
    detach?.();
    detach = undefined;
  }

  return {
    begin: (key, params) => {
      const parsed = paramsShape.safeParse(params);
      const uris = parsed.data?.notifications.resourceSubscriptions ?? [];
      if (uris.length === 0) return;
      end(key);
      wanted.set(key, uris.slice(0, maxSubscriptions));
      for (const uri of wanted.get(key) ?? []) watch(uri);
      // A mirror that can't be read must not fail the request: the next change tries again.
      detach ??= notices.attach((notice) => {
        if (notice.of === 'changed') void subscriptions.check().catch(() => {});
      });
    },
    end,
    stop: () => {
      for (const key of [...wanted.keys()]) end(key);
    },
  };
}
