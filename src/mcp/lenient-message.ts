import { type JSONRPCMessage, parseJSONRPCMessage, type RequestId } from '@modelcontextprotocol/server';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null, and an empty list, which some clients send instead. */
const isNothing = (value: unknown) => value === null || (Array.isArray(value) && value.length === 0);

/** The message without the empty values that some clients send: `params: null`, `params: []`, `arguments: null`. */
export function withoutNothings(message: unknown): unknown {
  if (!isObject(message) || !('params' in message)) return message;
  const { params, ...rest } = message;
  if (isNothing(params)) return rest;
  if (!isObject(params) || params.arguments !== null) return message;
  const { arguments: _, ...others } = params;
  return { ...rest, params: others };
}

/** The id of a message that looks like a request; undefined: it has no id that an answer could carry. */
export function idIn(message: unknown): RequestId | undefined {
  if (!isObject(message) || 'result' in message || 'error' in message) return undefined;
  return typeof message.id === 'string' || typeof message.id === 'number' ? message.id : undefined;
}

/** The answer to JSON that has an id but is not a valid message. */
const refusal = (id: RequestId): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id,
  error: {
    code: -32600,
    message: 'Invalid JSON-RPC 2.0 request: it takes jsonrpc, id, method and, as an object, params. Send one per line.',
  },
});

/** Parses one line: a message, or the error answers for a line that is not a valid message. */
export function parseLine(line: string): { message: JSONRPCMessage } | { answers: JSONRPCMessage[] } {
  try {
    const value: unknown = JSON.parse(line);
    try {
      return { message: parseJSONRPCMessage(withoutNothings(value)) };
    } catch {
      const ids = (Array.isArray(value) ? value : [value]).map(idIn).filter((id) => id !== undefined);
      return { answers: ids.map(refusal) };
    }
  } catch {
    return { answers: [] };
  }
}
