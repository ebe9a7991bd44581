import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Spread } from './measure.ts';
import type { World } from './world.ts';

/** What one measurement found: a heading, how it was measured, and a table. */
export interface Section {
  title: string;
  intro: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

const digits = (value: number) => (value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** `0.42 (0.40 to 0.51)`. */
export const shown = ({ median, min, max }: Spread): string =>
  `${median.toFixed(digits(median))} (${min.toFixed(digits(median))} to ${max.toFixed(digits(median))})`;

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

export function sectionText({ title, intro, head, rows }: Section): string {
  return [`## ${title}`, '', intro, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown commit';
  }
}

export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, ${process.platform}, Node ${process.version}`;
}

/** Writes the results of a whole run; those of an earlier one are gone. */
export function writeReport(file: string, sections: readonly Section[], worlds: readonly World[]): void {
  const sizes = worlds.map(({ signals, agents }) => `${signals} signals of ${agents} agents`).join('; ');
  const head = [
    '# What was measured',
    '',
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)} at ${commit()}. Machine: ${machine()}. Mirrors: ${sizes}.`,
    'Each value is the median of the rounds, with the smallest and the largest in brackets. Floors are measured in turn with what they are the floor of: ratios carry over to other machines, milliseconds do not.',
    '',
  ];
  writeFileSync(file, [...head, ...sections.map(sectionText)].join('\n'));
}
