import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/server';

/** A request of this method is open for as long as its client listens. */
export const listenMethod = 'subscriptions/listen';

/** The id of the request that a message cancels. The SDK has checked the message, but for this. */
export function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.requestId;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

/** Counts requests: `answered` resolves as soon as each one that came in has its answer, or was cancelled. */
export function createUnanswered() {
  const unanswered = new Set<RequestId>();
  const waiting = new Set<() => void>();

  function settle(id: RequestId | undefined): void {
    if (id !== undefined) unanswered.delete(id);
    if (unanswered.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  return {
    heard: (message: JSONRPCMessage): void => {
      if (!('method' in message)) return;
      if ('id' in message && message.method !== listenMethod) unanswered.add(message.id);
      // The SDK never answers a request that was cancelled.
      const cancelled = cancelledBy(message);
      if (cancelled !== undefined) settle(cancelled);
    },
    said: (message: JSONRPCMessage): void => {
      if ('result' in message || 'error' in message) settle(message.id);
    },
    answered: (): Promise<void> =>
      unanswered.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.add(resolve)),
  };
}
