import type { Server } from '@modelcontextprotocol/server';
import type { Notices } from '../notices/watch.ts';
import { wordsFor } from '../notices/words.ts';
import type { Subscriptions } from '../resources/subscriptions.ts';

/** Sends notices to the server's one session, from its initialization until it closes. */
export function sendNotices(server: Server, notices: Notices, subscriptions: Subscriptions): void {
  let detach = () => {};
  // A closed session or an unreadable mirror is not an error here: the next notice tries again.
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
