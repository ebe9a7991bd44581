import { printable } from './printable.ts';

/** Where everything goes that is not an answer: stderr. stdout belongs to the protocol or to the data asked for. */
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
