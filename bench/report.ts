import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
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

/** Writes the results of a whole run, with what people have found out about them; those of an earlier one are gone. */
export function writeReport(folder: string, sections: readonly Section[], worlds: readonly World[]): void {
  const sizes = worlds.map(({ signals, agents }) => `${signals} signals of ${agents} agents`).join('; ');
  const head = [
    '# What was measured',
    '',
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)} at ${commit()}. Machine: ${machine()}, load ${loadavg()[0]?.toFixed(1)} at the end. Mirrors: ${sizes}.`,
    'Each value is the median of the rounds, with the smallest and the largest in brackets. Floors are measured in turn with what they are the floor of: ratios carry over to other machines, milliseconds do not.',
    '',
  ];
  const notes = readFileSync(join(folder, 'NOTES.md'), 'utf8');
  writeFileSync(join(folder, 'RESULTS.md'), [...head, ...sections.map(sectionText), notes].join('\n'));
}
