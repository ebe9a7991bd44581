import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { messageOf, StoppedError } from '../errors.ts';
import { printable } from '../printable.ts';
import type { SchemaTable } from '../queries/schema.ts';
import { schemaLines } from '../text/schema.ts';
import type { Io } from './io.ts';
import type { History } from './sql-history.ts';
import { completions, dotCommands, isComplete } from './sql-input.ts';

export interface ShellDeps {
  tables: readonly SchemaTable[];
  history: History;
  /** Runs a statement and prints its result. Aborting `signal` ends the statement. */
  run(statement: string, signal: AbortSignal): Promise<void>;
}

const prompt = 'sql> ';
const continuation = '...> ';
const historySize = 1000;

const help = `A statement ends with a semicolon, and may have several lines.
.tables          the views and tables
.schema [name]   their columns, or those of one
.help            this
.quit            leave, as does Ctrl-D
Ctrl-C ends a running statement, or clears the input. Tab completes names.`;

interface Shell extends ShellDeps {
  stdout: Io['stdout'];
  lines: Interface;
  /** The lines of a statement that has not ended yet. */
  typed: string;
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
    history: history.lines,
    historySize,
    removeHistoryDuplicates: true,
    completer: (line: string) => completions(line, tables),
  });
  const shell: Shell = { ...deps, stdout, lines, typed: '', running: undefined, isOpen: true };
  // Lines typed while a statement runs wait for it to end.
  let taken = Promise.resolve();
  lines.on('line', (line) => {
    taken = taken.then(() => take(shell, line)).then(() => (shell.isOpen ? ask(shell) : undefined));
  });
  lines.on('history', (kept) => history.save(kept));
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

async function take(shell: Shell, line: string): Promise<void> {
  if (shell.typed === '') {
    if (line.trim() === '') return;
    if (line.trim().startsWith('.')) return runCommand(shell, line.trim());
  }
  shell.typed += `${line}\n`;
  if (!isComplete(shell.typed)) return;
  const sql = shell.typed;
  shell.typed = '';
  await runStatement(shell, sql);
}

function runCommand(shell: Shell, line: string): void {
  const { tables, lines } = shell;
  const [name = '', argument] = line.slice(0, 1000).split(/\s+/);
  if (name === '.quit') lines.close();
  else if (name === '.help') say(shell, help);
  else if (name === '.tables') say(shell, tables.map((table) => `${table.name} (${table.kind})`).join('\n'));
  else if (name === '.schema') say(shell, schemaText(tables, argument));
  else say(shell, `There is no ${printable(name)}. There are: ${dotCommands.join(', ')}.`);
}

function schemaText(tables: readonly SchemaTable[], name: string | undefined): string {
  const named = name === undefined ? tables : tables.filter((table) => table.name === name);
  return named.length > 0 ? schemaLines(named).join('\n') : `There is no table or view ${name}. .tables lists them.`;
}

async function runStatement(shell: Shell, sql: string): Promise<void> {
  shell.running = new AbortController();
  try {
    await shell.run(sql, shell.running.signal);
  } catch (error) {
    say(shell, printable(messageOf(error)));
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
  lines.write(null, { ctrl: true, name: 'e' });
  lines.write(null, { ctrl: true, name: 'u' });
  say(shell, '^C');
  ask(shell);
}
