import { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { printable } from '../printable.ts';
import type { SchemaTable } from '../queries/schema.ts';
import { type RowFormat, rowFormats } from '../text/rows.ts';
import { schemaLines } from '../text/schema.ts';
import { sqlExamples } from './sql-examples.ts';
import { formatNamed } from './sql-options.ts';

/** The commands that begin with a dot. */

export const dotCommands = [
  ...['.examples', '.exit', '.help', '.mode'],
  ...['.once', '.quit', '.schema', '.tables'],
] as const;

const help = `A statement ends with a semicolon, and may have several lines.
.tables          the views and tables
.schema [name]   their columns, or those of one
.mode [format]   how rows are printed: ${rowFormats.join(', ')}
.once FILE       the rows of the next statement go to a file
.examples        useful statements, and what they answer
.help            this
.quit            leave, as do .exit, quit, exit and Ctrl-D
Ctrl-C ends a running statement, or clears the input. Tab completes names. The up arrow brings back whole statements.`;

/** What a command comes to. */
export type Command =
  | { does: 'show'; lines: readonly string[] }
  | { does: 'set mode'; format: RowFormat }
  | { does: 'write once'; file: string }
  | { does: 'quit' };

/** What a command may tell of. */
export interface CommandDeps {
  tables(): Promise<readonly SchemaTable[]>;
  /** The format of now. */
  format: RowFormat;
}

export const exampleLines = (): string[] =>
  sqlExamples.flatMap(({ answers, sql }, index) => [...(index === 0 ? [] : ['']), `-- ${answers}`, `${sql};`]);

const isQuit = /^(?:\.?quit|\.?exit)\s*;?$/i;

/** Whether a line that begins no statement is a command. */
export const isCommand = (line: string): boolean => line.startsWith('.') || isQuit.test(line);

/** @throws UsageError for a command that there is not, naming the nearest, and for what it does not take. */
export async function readCommand(line: string, { tables, format }: CommandDeps): Promise<Command> {
  if (isQuit.test(line)) return { does: 'quit' };
  const [name = ''] = line.split(/\s/, 1);
  const argument = line.slice(name.length).trim();
  const show = (lines: readonly string[]): Command => ({ does: 'show', lines });
  switch (name.toLowerCase()) {
    case '.help':
      return show(help.split('\n'));
    case '.examples':
      return show(exampleLines());
    case '.tables':
      return show((await tables()).map((table) => printable(`${table.name} (${table.kind})`)));
    case '.schema':
      return show(schemaText(await tables(), argument));
    case '.mode':
      if (argument === '') return show([`The mode is ${format}. There are: ${rowFormats.join(', ')}.`]);
      return { does: 'set mode', format: formatNamed(argument) };
    case '.once':
      if (argument === '') throw new UsageError('.once takes the name of a file.');
      return { does: 'write once', file: argument };
    default:
      throw new UsageError(unknown(name));
  }
}

function unknown(name: string): string {
  const [meant] = nearest(name, dotCommands, 1);
  const shown = printable(name.slice(0, 100));
  return `There is no ${shown}.${meant === undefined ? '' : ` Did you mean ${meant}?`} There are: ${dotCommands.join(', ')}.`;
}

function schemaText(tables: readonly SchemaTable[], name: string): string[] {
  const named = name === '' ? tables : tables.filter((table) => table.name === name);
  if (named.length > 0) return schemaLines(named).map(printable);
  const names = tables.map((table) => table.name);
  const [meant] = nearest(name, names, 1);
  const hint = meant === undefined ? '' : ` Did you mean ${printable(meant)}?`;
  throw new UsageError(`There is no table or view ${printable(name.slice(0, 100))}.${hint} .tables lists them.`);
}
