import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { UsageError } from '../errors.ts';

/**
 * The error as a protocol answer, with `message` for people. A caller's mistake, a missing resource included, is
 * InvalidParams.
 */
export function errorAnswer(error: unknown, message: string): ProtocolError {
  const { InvalidParams, InternalError } = ProtocolErrorCode;
  return new ProtocolError(error instanceof UsageError ? InvalidParams : InternalError, message);
}
