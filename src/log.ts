/** Where everything goes that is not an answer: stderr. stdout belongs to the protocol or to the data asked for. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** Control characters, which a hostile agent id or an API's error text could carry into a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** `text` on one line and without control characters. */
export function printable(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replace(control, '');
}

export function stderrLog(write: (line: string) => void, level: 'info' | 'warn' = 'info'): Log {
  return {
    info: (message) => {
      if (level === 'info') write(`dunetrace-mcp: ${printable(message)}\n`);
    },
    warn: (message) => write(`dunetrace-mcp: warning: ${printable(message)}\n`),
  };
}
