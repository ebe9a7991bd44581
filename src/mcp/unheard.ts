import type { ServerResponse } from 'node:http';
import type { RequestId, Transport } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { cancelledBy } from './unanswered.ts';

/**
 * Cancels the requests of a connection that closes before its answer is out. The client can't get that answer any more:
 * nothing is kept for resumed streams.
 */
export function cancelUnheard(transport: Pick<Transport, 'onmessage'>, res: ServerResponse, body: unknown): void {
  const request = z.object({ id: z.union([z.string(), z.number()]), method: z.string() });
  res.once('close', () => {
    if (res.writableFinished) return;
    for (const message of Array.isArray(body) ? body : [body]) {
      const { data } = request.safeParse(message);
      if (data)
        transport.onmessage?.({
          jsonrpc: '2.0',
          method: 'notifications/cancelled',
          params: { requestId: data.id, reason: 'the connection was closed' },
        });
    }
  });
}

/** Ends the stream of a cancelled request: nothing more is sent on it, but the SDK leaves it open. */
export function endCancelled(transport: { closeSSEStream(requestId: RequestId): void }, body: unknown): void {
  for (const message of [body].flat()) {
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) transport.closeSSEStream(cancelled);
  }
}
