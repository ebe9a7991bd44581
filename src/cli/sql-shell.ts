import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { messageOf, StoppedError } from '../errors.ts';
import { printable } from '../printable.ts';
import type { SchemaTable } from '../queries/schema.ts';
import type { RowFormat } from '../text/rows.ts';
import type { Io } from './io.ts';
import { isCommand, readCommand } from './sql-commands.ts';
import { type History, maxStatements } from './sql-history.ts';
import { completions, isComplete } from './sql-input.ts';
import type { Wanted } from './sql-rows.ts';

type Display = (lines: readonly string[], whole: readonly string[]) => Promise<void>;

export interface ShellDeps {
  tables: readonly SchemaTable[];
  history: History;
  format: RowFormat;
  /** Shows lines, maybe by a program that has the terminal to itself. */
  display: Display;
  /** Runs a statement and prints its result. */
  run(statement: string, wanted: Wanted & { display: Display }): Promise<void>;
}

const prompt = 'sql> ';
const continuation = '...> ';

interface Shell extends ShellDeps, Pick<Io, 'stdin' | 'stdout'> {
  lines: Interface;
  /** The lines of a statement that has not ended yet. */
  typed: string;
  /** Where the rows of the next statement go. */
  target: string | undefined;
  running: AbortController | undefined;
  isOpen: boolean;
}

/** Reads statements and runs them, one after the other, until Ctrl-D or .quit. */
export async function sqlShell({ stdin, stdout }: Pick<Io, 'stdin' | 'stdout'>, deps: ShellDeps): Promise<void> {
  const { tables, history } = deps;
  const lines = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    history: [...history.statements()],
    historySize: maxStatements,
    completer: (line: string) => completions(line, tables),
  });
  const shell: Shell = {
    ...deps,
    ...{ stdin, stdout, lines },
    ...{ typed: '', target: undefined, running: undefined, isOpen: true },
  };
  // Lines typed while a statement runs wait for it to end.
  let taken = Promise.resolve();
  let recalled: string[] = [];
  lines.on('history', (kept) => {
    recalled = kept;
  });
  lines.on('line', (line) => {
    history.take(line);
    recalled.splice(0, recalled.length, ...history.statements());
    taken = taken.then(() => take(shell, line)).then(() => (shell.isOpen ? ask(shell) : undefined));
  });
  lines.on('SIGINT', () => interrupt(shell));
  lines.once('close', () => {
    shell.isOpen = false;
  });
  say(shell, 'Read-only SQL on the mirror. .help shows the commands, Ctrl-D quits.');
  const closed = once(lines, 'close');
  ask(shell);
  await closed;
  await taken;
}

function say({ stdout }: Shell, text: string): void {
  stdout.write(`${text}\n`);
}

function ask({ lines, typed }: Shell): void {
  lines.setPrompt(typed === '' ? prompt : continuation);
  lines.prompt();
}

/** Shows lines while nobody reads what is typed: a pager reads the same terminal. */
async function showApart(shell: Shell, shown: readonly string[], whole: readonly string[]): Promise<void> {
  const { lines, stdin, display } = shell;
  lines.pause();
  stdin.setRawMode?.(false);
  try {
    await display(shown, whole);
  } finally {
    stdin.setRawMode?.(true);
    lines.resume();
  }
}

async function take(shell: Shell, line: string): Promise<void> {
  try {
    if (shell.typed === '') {
      if (line.trim() === '') return;
      if (isCommand(line.trim())) return await runCommand(shell, line.trim());
    }
    shell.typed += `${line}\n`;
    if (isComplete(shell.typed)) await runStatement(shell);
  } catch (error) {
    say(shell, printable(messageOf(error)));
  }
}

async function runCommand(shell: Shell, line: string): Promise<void> {
  const { format, tables, lines } = shell;
  const command = await readCommand(line.slice(0, 1000), { format, tables: async () => tables });
  if (command.does === 'quit') lines.close();
  else if (command.does === 'set mode') shell.format = command.format;
  else if (command.does === 'write once') shell.target = command.file;
  else await showApart(shell, command.lines, command.lines);
}

async function runStatement(shell: Shell): Promise<void> {
  const { typed, format, target } = shell;
  shell.typed = '';
  shell.target = undefined;
  shell.running = new AbortController();
  const { signal } = shell.running;
  try {
    const display: Display = (lines, whole) => showApart(shell, lines, whole);
    await shell.run(typed, { format, target, signal, display });
  } finally {
    shell.running = undefined;
  }
}

/** Ctrl-C ends the running statement; if none runs, it drops the typed lines. */
function interrupt(shell: Shell): void {
  const { running, lines } = shell;
  if (running) {
    running.abort(new StoppedError('Ended.'));
    return;
  }
  shell.typed = '';
  shell.history.drop();
  lines.write(null, { ctrl: true, name: 'e' });
  lines.write(null, { ctrl: true, name: 'u' });
  say(shell, '^C');
  ask(shell);
}
