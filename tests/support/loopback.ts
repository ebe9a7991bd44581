import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const addressShape = z.object({ port: z.number() });
const portOf = (address: AddressInfo | string | null) => addressShape.parse(address).port;

/** Has the server listen on a free port of 127.0.0.1 until the test ends. @returns its URL without a path. */
export async function serveOnLoopback(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${portOf(server.address())}`;
}

/** A port that was free a moment ago, and on which nobody listens. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const port = portOf(probe.address());
  probe.close();
  await once(probe, 'close');
  return port;
}
