import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { UsageError } from '../errors.ts';

/** The error as the protocol answers it, with `message` for people. What the caller got wrong, a resource that is not there too, is InvalidParams. */
export function errorAnswer(error: unknown, message: string): ProtocolError {
  const { InvalidParams, InternalError } = ProtocolErrorCode;
  return new ProtocolError(error instanceof UsageError ? InvalidParams : InternalError, message);
}
