import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';

export interface Watcher {
  /** Hears of each message that came in, before the server does. */
  heard(message: JSONRPCMessage): void;
  /** Hears of each message that has been written. */
  said(message: JSONRPCMessage): void;
  /** Hears that the transport has closed, for whatever reason. */
  closed(): void;
}

/** `inner`, watched. */
export function watchedTransport(inner: Transport, { heard, said, closed }: Watcher): Transport {
  const transport: Transport = {
    start: async () => {
      inner.onmessage = (message, extra) => {
        heard(message);
        transport.onmessage?.(message, extra);
      };
      inner.onerror = (error) => transport.onerror?.(error);
      inner.onclose = () => {
        transport.onclose?.();
        closed();
      };
      await inner.start();
    },
    send: async (message, options) => {
      await inner.send(message, options);
      said(message);
    },
    close: () => inner.close(),
  };
  return transport;
}
