import { printable } from './printable.ts';

/**
 * Takes everything that is not an answer, and writes it to stderr. stdout belongs to the protocol or to the requested
 * data.
 */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

export function stderrLog(write: (line: string) => void): Log {
  return {
    info: (message) => write(`dunetrace-mcp: ${printable(message)}\n`),
    warn: (message) => write(`dunetrace-mcp: warning: ${printable(message)}\n`),
  };
}
