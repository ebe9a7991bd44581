import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { Breakdown, Group, Sum } from '../queries/breakdown.ts';
import type { Dimension, Measure } from '../queries/breakdown-kinds.ts';
import { intervalText, percent } from './marks.ts';
import { plural } from './plural.ts';
import { plainTable } from './tables.ts';
import { minute } from './time.ts';
import { costBasis, dollars, tokensBasis, whole } from './token-stats.ts';

export interface BreakdownView extends Breakdown {
  by: Dimension;
  of: Measure;
  /** What the combination counts. */
  formula: string;
  /** undefined: all agents. */
  agentId: string | undefined;
  /** Unix seconds. */
  since: number;
  until: number;
  /** How many groups are shown. */
  shown: number;
  pricesDate: string | undefined;
}

const titles: Readonly<Record<Dimension, string>> = {
  tool: 'TOOL',
  model: 'MODEL',
  hour: 'HOUR (UTC)',
  version: 'VERSION',
  failure_type: 'FAILURE TYPE',
  input: 'INPUT',
};

/** What a run may lack that it is grouped by. */
const fromEvents: readonly Dimension[] = ['tool', 'model', 'input'];

/** Whether groups are named by what a caller may pass back. */
export const isNamedExactly = (by: Dimension): boolean => by === 'version' || by === 'failure_type' || by === 'input';
const nameText = (by: Dimension, name: string) => (isNamedExactly(by) ? idText(name) : prose(name));

const maxName = 60;

const shareOf = ({ value }: Sum, { value: all }: Sum) => (value === null || !all ? '?' : percent(value / all));
const valueText = ({ value }: Sum, of: Measure) => (of === 'cost' ? dollars(value) : whole(value));
const knownText = ({ of, known }: Sum) => (known === of ? whole(of) : `${whole(of)} (${whole(known)} known)`);

function rowOf(group: Group, { of, all }: BreakdownView): string[] {
  const { value, of: total, interval } = group;
  if (of === 'runs') return [whole(value), shareOf(group, all)];
  if (of !== 'failures') return [valueText(group, of), knownText(group), shareOf(group, all)];
  const rate = value === null || total === 0 ? '?' : percent(value / total);
  return [whole(value), whole(total), rate, interval ? intervalText(interval).replace(/^95 %: /, '') : '?'];
}

const columnsOf: Readonly<Record<Measure, readonly string[]>> = {
  runs: ['RUNS', 'SHARE'],
  failures: ['FAILED', 'OF', 'RATE', '95 % INTERVAL'],
  tokens: ['TOKENS', 'RUNS', 'SHARE'],
  cost: ['COST', 'RUNS', 'SHARE'],
};

function allLines({ by, of, all, failed }: BreakdownView): string[] {
  const what = by === 'tool' && of === 'failures' ? 'calls' : 'runs';
  if (of === 'runs') return [`All: ${whole(all.value)} runs.`];
  if (of === 'failures') {
    const rate =
      all.value === null || !all.interval ? '' : ` (${percent(all.value / all.of)}, ${intervalText(all.interval)})`;
    return [`All: ${whole(all.value)} of ${whole(all.of)} ${what} failed${rate}.`];
  }
  const unit = of === 'tokens' ? ' tokens' : '';
  const said = (sum: Sum) => `${valueText(sum, of)}${unit}, ${knownText(sum)} runs`;
  return [
    `All runs: ${said(all)}.`,
    ...(failed ? [`Failed runs, each once: ${said(failed)}; ${shareOf(failed, all)} of all.`] : []),
  ];
}

function basisLines({ by, of, runs, withEvents, from, pricesDate }: BreakdownView): string[] {
  const basis = !from ? [] : [`Basis: ${of === 'cost' ? costBasis(from, pricesDate) : tokensBasis(from)}.`];
  if (!fromEvents.includes(by)) return basis;
  const rest = withEvents < runs ? '; the other runs are in no group' : '';
  return [`Events of ${whole(withEvents)} of ${plural(runs, 'run')}${rest}.`, ...basis];
}

/** Runs, failures, tokens or costs by what they have in common, and how they are counted. */
export function breakdownLines(view: BreakdownView): string[] {
  const { by, of, groups, shown, formula, agentId, since, until } = view;
  const hasOwners = groups.some((group) => group.agentId !== null);
  const columns = [titles[by], ...(hasOwners ? ['AGENT'] : []), ...columnsOf[of]];
  const rows = groups
    .slice(0, shown)
    .map((group) => [
      group.name === null ? '(none named)' : nameText(by, cut(group.name, maxName)),
      ...(hasOwners ? [idText(group.agentId ?? '')] : []),
      ...rowOf(group, view),
    ]);
  const more = groups.length - rows.length;
  return [
    `${of[0]?.toUpperCase()}${of.slice(1)} by ${by.replace('_', ' ')}, ${agentId === undefined ? 'all agents' : idText(agentId)}, ${minute(since)} to ${minute(until)}`,
    ...(rows.length === 0 ? ['Nothing to count.'] : plainTable(columns, rows)),
    ...(more > 0 ? [`…and ${more} more`] : []),
    ...allLines(view),
    `Counted: ${formula}.`,
    ...basisLines(view),
  ];
}
