import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { UsageError } from '../errors.ts';
import { UnknownResourceError } from '../resources/uris.ts';

/** The protocol's code for a resource that is not there; the SDK has no name for it. */
const resourceNotFound = -32002;

/** An error with a code of the protocol. (The SDK's own puts the code into the message once more.) */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The error as the protocol answers it, with `message` for people. */
export function errorAnswer(error: unknown, message: string): ProtocolError {
  const options = { cause: error };
  if (error instanceof UnknownResourceError) return new ProtocolError(resourceNotFound, message, options);
  if (error instanceof UsageError) return new ProtocolError(ErrorCode.InvalidParams, message, options);
  return new ProtocolError(ErrorCode.InternalError, message, options);
}
