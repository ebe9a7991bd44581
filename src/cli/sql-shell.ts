import { once } from 'node:events';
import { createInterface } from 'node:readline';
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
  /** Runs a statement and prints what it gives. Aborting `signal` ends it. */
  run(statement: string, signal: AbortSignal): Promise<void>;
}

const prompt = 'sql> ';
const goesOn = '...> ';
const historySize = 1000;

const help = `A statement ends with a semicolon, and may have several lines.
.tables          the views and tables
.schema [name]   their columns, or those of one
.help            this
.quit            the end, as Ctrl-D
Ctrl-C ends a statement that runs, or drops what is typed. Tab completes names.`;

/** Reads statements and runs them, one after the other, until Ctrl-D or .quit. */
export async function sqlShell({ stdin, stdout }: Pick<Io, 'stdin' | 'stdout'>, deps: ShellDeps): Promise<void> {
  const { tables, history, run } = deps;
  const say = (text: string) => stdout.write(`${text}\n`);
  let typed = '';
  let running: AbortController | undefined;
  const lines = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    prompt,
    history: history.lines,
    historySize,
    removeHistoryDuplicates: true,
    completer: (line: string) => completions(line, tables),
  });

  const ask = () => {
    lines.setPrompt(typed === '' ? prompt : goesOn);
    lines.prompt();
  };

  function command(line: string): void {
    const [name = '', argument] = line.slice(0, 1000).split(/\s+/);
    if (name === '.quit') lines.close();
    else if (name === '.help') say(help);
    else if (name === '.tables') say(tables.map((table) => `${table.name} (${table.kind})`).join('\n'));
    else if (name === '.schema') {
      const named = argument === undefined ? tables : tables.filter((table) => table.name === argument);
      say(named.length > 0 ? schemaLines(named).join('\n') : `There is no ${argument}; .tables shows what there is.`);
    } else say(`There is no ${printable(name)}. There are: ${dotCommands.join(', ')}.`);
  }

  async function statement(sql: string): Promise<void> {
    running = new AbortController();
    try {
      await run(sql, running.signal);
    } catch (error) {
      say(printable(messageOf(error)));
    } finally {
      running = undefined;
    }
  }

  async function take(line: string): Promise<void> {
    if (typed === '' && line.trim().startsWith('.')) command(line.trim());
    else if (typed !== '' || line.trim() !== '') {
      typed += `${line}\n`;
      if (isComplete(typed)) {
        const sql = typed;
        typed = '';
        await statement(sql);
      }
    }
  }

  // Lines that are typed while a statement runs wait for it.
  let taken = Promise.resolve();
  let isOpen = true;
  lines.on('line', (line) => {
    taken = taken.then(() => take(line)).then(() => (isOpen ? ask() : undefined));
  });
  lines.on('history', (kept) => history.save(kept));
  lines.on('SIGINT', () => {
    if (running) {
      running.abort(new StoppedError('Ended.'));
      return;
    }
    typed = '';
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    say('^C');
    ask();
  });
  lines.once('close', () => {
    isOpen = false;
  });
  say('Read-only SQL on the mirror. .help tells more, Ctrl-D ends.');
  const closed = once(lines, 'close');
  ask();
  await closed;
  await taken;
}
