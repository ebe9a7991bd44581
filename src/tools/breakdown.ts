import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { breakdown, type Group, type Sum } from '../queries/breakdown.ts';
import { type Dimension, dimensions, formulas, type Measure, measures, missing } from '../queries/breakdown-kinds.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { uncoveredAgents } from '../queries/whats-new.ts';
import { breakdownLines, isNamedExactly } from '../text/breakdown.ts';
import { plural } from '../text/plural.ts';
import { minute, second } from '../text/time.ts';
import { askAboutOneOrAll } from './about-one-or-all.ts';
import { clampLimit, limitArgument, onlyAgentArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { costsOf, findPrices } from './pricing.ts';
import { sinceOf } from './since.ts';
import { coverageNotes, windowEnd } from './window.ts';

const maxLimit = 100;
const usualSpan = '7d';

/** A name in any case, with hyphens or spaces for underscores, in the singular or plural. */
function nameOf<Name extends string>(names: readonly Name[]) {
  const plain = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_')
      .replace(/s$/, '');
  return z
    .string()
    .transform((given) => names.find((name) => plain(name) === plain(given)) ?? given)
    .pipe(z.enum(names, { error: `takes ${names.join(', ')}` }));
}

const sumShape = {
  value: z.number().optional(),
  of: z.number(),
  /** Of how many the value is known, if not of all. */
  known: z.number().optional(),
  rate: z.number().optional(),
  low: z.number().optional(),
  high: z.number().optional(),
};

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

function sumObject({ value, of, known, interval }: Sum) {
  return {
    ...(value === null ? {} : { value: rounded(value, 6) }),
    of,
    ...(known === of ? {} : { known }),
    ...(interval && value !== null
      ? { rate: rounded(value / of, 4), low: rounded(interval.low, 4), high: rounded(interval.high, 4) }
      : {}),
  };
}

const groupObject = ({ name, agentId, ...sum }: Group) => ({
  ...(name === null ? {} : { name }),
  ...(agentId === null ? {} : { agent_id: agentId }),
  ...sumObject(sum),
});

/** @throws UsageError for a combination that makes no sense. */
function formulaOf(by: Dimension, of: Measure): string {
  const formula = formulas[by][of];
  if (formula !== undefined) return formula;
  const why = missing[by];
  throw new UsageError(
    `There is no breakdown of ${of} by ${by}${why === undefined ? '' : `: ${why}`}. By ${by}, pass of: ${Object.keys(formulas[by]).join(', ')}.`,
  );
}

/** What is not mirrored yet of the window. */
function gapNotes(reader: Reader, agentId: string | undefined, since: number): string[] {
  if (agentId !== undefined) return coverageNotes(coveredFrom(reader, agentId), since);
  const uncovered = uncoveredAgents(reader, since);
  return uncovered === 0
    ? []
    : [`Not all runs and signals of ${plural(uncovered, 'agent')} are mirrored yet: these numbers are not exact.`];
}

export const breakdownTool = defineTool({
  name: 'breakdown',
  title: 'Breakdown',
  description:
    'Runs, failures, tokens or spend of the whole fleet or one agent, grouped by tool, model, hour ...: what failures cost, which tool breaks most. Trends of an agent: get_agent_patterns; other counts: query_mirror.',
  input: z.strictObject({
    by: nameOf(dimensions).describe(dimensions.join(', ')),
    of: nameOf(measures).describe(measures.join(', ')),
    since: text().optional().describe('Date, time or age ("24h", "30d"); 7d unless given'),
    agent_id: onlyAgentArgument,
    limit: limitArgument(24, maxLimit),
  }),
  output: z.object({
    by: z.string(),
    of: z.string(),
    agent_id: z.string().optional(),
    since: z.string(),
    until: z.string(),
    counted: z.string(),
    items: z.array(z.object({ name: z.string().optional(), agent_id: z.string().optional(), ...sumShape })),
    total: z.number(),
    returned: z.number(),
    all: z.object(sumShape),
    failed: z.object(sumShape).optional(),
    runs: z.number(),
    runs_with_events: z.number(),
    prices_date: z.string().optional(),
  }),
  handler: async ({ by, of, since: given, agent_id: agent, limit: wanted }, context, { maxRows }) => {
    const formula = formulaOf(by, of);
    const { prices, notes: priceNotes } = of === 'cost' ? await findPrices(context.pricesFile) : { notes: [] };
    return askAboutOneOrAll(context, agent, (reader, { agentId, freshness, time }) => {
      const { since, notes: sinceNotes } = sinceOf(given ?? usualSpan, time.now);
      const { end: until } = windowEnd(freshness, time);
      const missed =
        until < time.now ? [`what came after the last complete pass, ${minute(until)}, is not known yet`] : [];
      const { limit, notes: limitNotes } = clampLimit(wanted, maxLimit, maxRows);
      const window = { from: since, end: until };
      const found = breakdown(reader, { by, of, agentId, window, costOf: costsOf(prices) });
      const shown = found.groups.slice(0, limit);
      const pricesDate = prices?.date;
      const usesPrices = pricesDate !== undefined && (found.from?.costFrom.prices ?? 0) > 0;
      return {
        lines: breakdownLines({ ...found, by, of, formula, agentId, since, until, shown: limit, pricesDate }),
        structured: {
          by,
          of,
          ...(agentId === undefined ? {} : { agent_id: agentId }),
          since: second(since),
          until: second(until),
          counted: formula,
          items: shown.map(groupObject),
          total: found.groups.length,
          returned: shown.length,
          all: sumObject(found.all),
          ...(found.failed ? { failed: sumObject(found.failed) } : {}),
          runs: found.runs,
          runs_with_events: found.withEvents,
          ...(usesPrices ? { prices_date: pricesDate } : {}),
        },
        freshness,
        exact: isNamedExactly(by) ? ['name'] : [],
        notes: [...priceNotes, ...sinceNotes, ...limitNotes, ...missed, ...gapNotes(reader, agentId, since)],
      };
    });
  },
});
