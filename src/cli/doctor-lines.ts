import { wrapAnsi } from 'fast-wrap-ansi';
import { printable } from '../printable.ts';
import type { Paint } from '../text/paint.ts';
import type { Finding } from './finding.ts';
import type { Verdict } from './verdict.ts';

const tones = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const verdictTones = { healthy: 'green', works: 'yellow', 'does not work': 'red' } as const;

/** A text has at least so many columns, however narrow the terminal is. */
const minColumns = 20;

/** Breaks lines between words, and inside one (a path, a URL) only where it is longer than a line. */
const wrapped = (text: string, columns: number) => wrapAnsi(text, Math.max(minColumns, columns), { hard: true });

/**
 * The findings and the verdict. `columns` is the width of a terminal, where texts wrap below their own beginning;
 * undefined: a line for each, however long.
 */
export function doctorLines(
  findings: readonly Finding[],
  verdict: Verdict,
  paint: Paint,
  columns: number | undefined,
): string[] {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const indent = 'warn'.length + width + 4;
  const lines = findings.map(({ level, what, said }) => {
    const text = printable(said);
    const shown = columns === undefined ? text : wrapped(text, columns - indent);
    const head = `${paint(tones[level], level.padEnd(4))}  ${what.padEnd(width)}  `;
    return `${head}${shown.replaceAll('\n', `\n${' '.repeat(indent)}`)}`;
  });
  const end = printable(verdict.said);
  const shownEnd = columns === undefined ? end : wrapped(end, columns);
  return [...lines, paint(verdictTones[verdict.verdict], shownEnd)];
}
