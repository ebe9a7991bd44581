import { isJSONRPCRequest, type JSONRPCMessage, type RequestId } from '@modelcontextprotocol/server';
import * as z from 'zod';

const cancellation = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
});

/** The id of the request that a message cancels; undefined: it cancels none. */
export function cancelledBy(message: unknown): RequestId | undefined {
  return cancellation.safeParse(message).data?.params.requestId;
}

/** The requests of one connection that have no answer yet. */
export interface Unanswered {
  count(): number;
  /**
   * A message arrived. `done` is called once: at once if it gets no answer, otherwise when the answer is sent or no
   * longer wanted.
   */
  came(message: JSONRPCMessage, done?: () => void): void;
  /** A message was sent. */
  went(message: JSONRPCMessage): void;
  /** No request waits for an answer any more. */
  end(): void;
}

export function createUnanswered(): Unanswered {
  const waiting = new Map<RequestId, () => void>();

  function settle(id: RequestId | undefined): void {
    if (id === undefined) return;
    waiting.get(id)?.();
    waiting.delete(id);
  }

  return {
    count: () => waiting.size,
    came: (message, done = () => {}) => {
      if (isJSONRPCRequest(message)) {
        settle(message.id);
        waiting.set(message.id, done);
        return;
      }
      done();
      // The SDK never answers a request that was cancelled.
      settle(cancelledBy(message));
    },
    went: (message) => {
      if (!('method' in message)) settle(message.id);
    },
    end: () => {
      for (const id of [...waiting.keys()]) settle(id);
    },
  };
}
