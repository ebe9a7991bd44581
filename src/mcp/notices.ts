import type { Server } from '@modelcontextprotocol/server';
import type { Notices } from '../notices/watch.ts';
import { wordsFor } from '../notices/words.ts';
import type { Subscriptions } from '../resources/subscriptions.ts';

/** Tells the server's one session what is new, from when it is initialized until it is closed. */
export function tellNotices(server: Server, notices: Notices, subscriptions: Subscriptions): void {
  let detach = () => {};
  // A session that is gone, or a mirror that can't be read, is no reason to fail: the next notice tries again.
  const quietly = (work: Promise<void>) => void work.catch(() => {});

  server.oninitialized = () => {
    detach();
    detach = notices.attach((notice) => {
      if (notice.of === 'changed') quietly(subscriptions.check());
      const words = wordsFor(notice);
      if (words) quietly(server.sendLoggingMessage({ logger: 'dunetrace', ...words }, server.transport?.sessionId));
    });
  };
  server.onclose = () => detach();
}
