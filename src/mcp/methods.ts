import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  ErrorCode,
  type JSONRPCRequest,
  type Result,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import type * as z from 'zod';
import { ProtocolError } from './protocol-error.ts';

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Answers the requests of one method. */
type Method = (request: JSONRPCRequest, extra: Extra) => Promise<Result>;

/** A method whose requests are checked with what `schema` gives, once there is one: no start waits for what it may never need. */
export function method<Schema extends z.ZodType>(
  schema: () => Schema,
  answer: (request: z.infer<Schema>, extra: Extra) => Result | Promise<Result>,
): Method {
  return async (request, extra) => {
    const checked = schema().safeParse(request);
    if (!checked.success) throw checked.error;
    return answer(checked.data, extra);
  };
}

/**
 * Has the server answer these methods, by their names, besides those that the SDK answers by itself. The SDK's own way of
 * telling it makes the schemas of all of them at once, to find their names in them; and it checks calls of tools twice.
 */
export function answerMethods(server: Server, methods: Readonly<Record<string, Method>>): void {
  const byName = new Map(Object.entries(methods));
  server.fallbackRequestHandler = async (request, extra) => {
    const found = byName.get(request.method);
    if (!found) throw new ProtocolError(ErrorCode.MethodNotFound, 'Method not found');
    return found(request, extra);
  };
}
