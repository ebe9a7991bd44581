import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CancelledNotificationSchema, type JSONRPCMessage, type RequestId } from '@modelcontextprotocol/sdk/types.js';

/** `inner`, watched: `answered` resolves as soon as every request that came in has its answer, or was cancelled. */
export function countUnanswered(inner: Transport): { transport: Transport; answered(): Promise<void> } {
  const unanswered = new Set<RequestId>();
  const waiting = new Set<() => void>();

  function settle(id: RequestId | undefined): void {
    if (id !== undefined) unanswered.delete(id);
    if (unanswered.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  /** What comes in was checked by the SDK's transport; to check all of it again would take longer than to count. */
  function hear(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) unanswered.add(message.id);
    if (message.method !== 'notifications/cancelled') return;
    // The SDK never answers a request that was cancelled.
    const cancelled = CancelledNotificationSchema.safeParse(message);
    if (cancelled.success) settle(cancelled.data.params.requestId);
  }

  const transport: Transport = {
    start: async () => {
      inner.onmessage = (message, extra) => {
        hear(message);
        transport.onmessage?.(message, extra);
      };
      inner.onerror = (error) => transport.onerror?.(error);
      inner.onclose = () => transport.onclose?.();
      await inner.start();
    },
    send: async (message, options) => {
      await inner.send(message, options);
      if ('result' in message || 'error' in message) settle(message.id);
    },
    close: () => inner.close(),
  };
  return {
    transport,
    answered: () => (unanswered.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.add(resolve))),
  };
}
