import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { knownTokens } from '../queries/run-tokens.ts';
import { runEvents } from '../queries/runs.ts';
import { runSignals } from '../queries/signals.ts';
import { type RunCost, spentByRun } from '../queries/token-runs.ts';
import { createBriefs } from '../text/brief.ts';
import { isBlank, olderEvents, runDetailLines } from '../text/runs.ts';
import { askAboutRun, resolveRun } from './about-run.ts';
import { text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { eventObject, eventShape } from './event-object.ts';
import { costsOf, findPrices } from './pricing.ts';
import { runObject, runShape, tokensObject, tokensShape } from './run-object.ts';
import { signalObject, signalShape } from './signal-object.ts';

function costObject(cost: RunCost | undefined, pricesDate: string | undefined) {
  if (!cost || cost.cost === null) return {};
  const from = { server: 'server', prices: 'prices', nowhere: 'some prices' } as const;
  return {
    cost_usd: Number(cost.cost.toFixed(6)),
    cost_from: from[cost.from],
    ...(cost.from === 'server' || pricesDate === undefined ? {} : { prices_date: pricesDate }),
  };
}

/** How many signals an answer shows. A run has few, unless something is wrong. */
const maxSignals = 50;
/** How many events a timeline shows. */
const maxEvents = 40;

export const getRunDetailTool = defineTool({
  name: 'get_run_detail',
  title: 'Run in full',
  description:
    'One run (trace) step by step, by its id or the link in an alert: tokens, cost, its signals with fixes, and the timeline of events. Ids: get_agent_runs. One signal: get_signal_detail.',
  input: z.strictObject({
    run_id: text().describe("Run id, its first 8 or more characters, or an alert's View Run URL"),
    agent_id: text().optional().describe('Not needed'),
    events_from: z
      .int()
      .nonnegative('takes the number of an event, from 0 on')
      .optional()
      .describe(`First event to show; ${maxEvents} are shown at a time`),
  }),
  output: runShape.extend({
    agent_id: z.string(),
    /** Tokens and cost, as far as they are known; where the cost comes from, and of which day prices are. */
    spent: z.object({
      ...tokensShape,
      cost_usd: z.number().optional(),
      cost_from: z.enum(['server', 'prices', 'some prices']).optional(),
      prices_date: z.string().optional(),
    }),
    signals: z.array(signalShape),
    /** The total, if there are more than the answer shows. */
    signals_total: z.number().optional(),
    events: z.array(eventShape),
    events_from: z.number(),
    events_total: z.number(),
  }),
  view: 'runs',
  handler: async ({ run_id: given, events_from: wanted }, { ensure, pricesFile }) => {
    const from = wanted ?? 0;
    const { prices, notes } = await findPrices(pricesFile);
    return askAboutRun({ ensure }, resolveRun(given), (reader, { run, freshness, time }) => {
      const { runId } = run;
      const spent = spentByRun(reader, runId, costsOf(prices));
      const tokens = isBlank(run) ? knownTokens(undefined) : knownTokens(spent?.tokens);
      const cost = isBlank(run) ? undefined : spent?.cost;
      const all = runSignals(reader, runId);
      const signals = all.slice(0, maxSignals);
      const events = {
        from,
        eachByItself: wanted !== undefined,
        ...runEvents(reader, runId, { from, limit: maxEvents }),
      };
      if (from > 0 && from >= events.total)
        throw new UsageError(`events_from is ${from}, but the run has ${events.total} events, numbered from 0.`);
      const { briefOf } = createBriefs({ inOneSentence: true });
      return {
        lines: runDetailLines(
          { run, tokens, cost, pricesDate: prices?.date, signals, signalsTotal: all.length, events },
          time.now,
        ),
        structured: {
          ...runObject(run),
          agent_id: run.agentId,
          spent: { ...tokensObject(tokens), ...costObject(cost, prices?.date) },
          signals: signals.map((signal) => signalObject(signal, briefOf(signal), {})),
          ...(all.length > maxSignals ? { signals_total: all.length } : {}),
          events: events.items.map(eventObject),
          events_from: from,
          events_total: events.total,
        },
        freshness: { ...freshness, texts: events.texts },
        notes: [
          // A price table that can't be read matters only where the server tells no cost.
          ...(cost?.from === 'server' ? [] : notes),
          ...(events.isOlder ? [olderEvents('the run')] : []),
        ],
      };
    });
  },
});
