import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

const dataShape = z.object({ message: z.string() });

/** What a server has told its client by itself, oldest first. */
export interface Heard {
  /** `level: message`. */
  readonly logged: readonly string[];
  /** URIs. */
  readonly updated: readonly string[];
  /** Resolves as soon as `isMet` holds; looked at after every notification. */
  until(isMet: () => boolean): Promise<void>;
}

/** Listens to a client's notifications from now on. */
export function listenTo(client: Client): Heard {
  const logged: string[] = [];
  const updated: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    logged.push(`${params.level}: ${dataShape.parse(params.data).message}`);
    wake();
  });
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updated.push(params.uri);
    wake();
  });
  return {
    logged,
    updated,
    until: (isMet) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isMet()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
