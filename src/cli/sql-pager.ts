import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Io } from './io.ts';

type Screen = Pick<Io, 'stdout' | 'surroundings' | 'onInterrupt'>;

interface Pager {
  command: string;
  args: readonly string[];
  /** Whether a shell reads the command. */
  shell: boolean;
}

/** The user's pager, as psql has it: $PAGER, or less without wrapped lines. Undefined: none is wanted. */
function pagerOf({ PAGER: named }: Io['surroundings']['env']): Pager | undefined {
  if (named === undefined) return { command: 'less', args: ['-S'], shell: false };
  return ['', 'cat'].includes(named.trim()) ? undefined : { command: named, args: [], shell: true };
}

/**
 * Prints lines; on a terminal that has fewer lines, through the user's pager.
 * @param whole the same with nothing cut, for a pager, which scrolls sideways, too.
 */
export async function display(
  { stdout, surroundings, onInterrupt }: Screen,
  lines: readonly string[],
  whole: readonly string[] = lines,
): Promise<void> {
  const pager = stdout.isTTY && lines.length >= (stdout.rows || 24) ? pagerOf(surroundings.env) : undefined;
  if (pager) {
    // Ctrl-C is the pager's: it ends a search there, for example.
    const release = onInterrupt(() => {});
    try {
      if (await runPager(pager, `${whole.join('\n')}\n`, surroundings.env)) return;
    } finally {
      release();
    }
  }
  stdout.write(`${lines.join('\n')}\n`);
}

/** A shell's exit code for a command that it does not find. */
const notFound = 127;

/** @returns whether there is such a pager. */
async function runPager(
  { command, args, shell }: Pager,
  text: string,
  env: Io['surroundings']['env'],
): Promise<boolean> {
  // No other program gets the key.
  const passed = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('DUNETRACE_')));
  const child = spawn(command, args, { shell, env: passed, stdio: ['pipe', 'inherit', 'inherit'] });
  // It takes no more than it shows before the user quits.
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  try {
    const [code] = await once(child, 'close');
    return code !== notFound;
  } catch {
    return false;
  }
}
