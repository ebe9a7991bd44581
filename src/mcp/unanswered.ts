import { isJSONRPCRequest, type JSONRPCMessage, type RequestId, type Transport } from '@modelcontextprotocol/server';
import { cancelledBy } from './listening.ts';

/** The requests that came over a transport and have no answer yet. */
export interface Unanswered {
  /** A message came. `done` is called once: at once for what gets no answer, else when it was sent or is not wanted any more. */
  hear(message: JSONRPCMessage, done: () => void): void;
  /** Nobody waits for an answer any more. */
  end(): void;
}

/** Listens in on what the transport sends. */
export function trackUnanswered(transport: Pick<Transport, 'send'>): Unanswered {
  const waiting = new Map<RequestId, () => void>();
  const send = transport.send.bind(transport);

  function settle(id: RequestId | undefined): void {
    if (id === undefined) return;
    waiting.get(id)?.();
    waiting.delete(id);
  }

  transport.send = async (message, options) => {
    await send(message, options);
    if (!('method' in message)) settle(message.id);
  };

  return {
    hear: (message, done) => {
      if (isJSONRPCRequest(message)) {
        settle(message.id);
        waiting.set(message.id, done);
        return;
      }
      done();
      settle(cancelledBy(message));
    },
    end: () => {
      for (const id of [...waiting.keys()]) settle(id);
    },
  };
}
