import * as z from 'zod';
import { baselineSeconds, movedRates } from '../queries/moved-rates.ts';
import { bySeverity, graver } from '../queries/new-signals-order.ts';
import { quietAgents } from '../queries/quiet-agents.ts';
import { newAgents, newSignals, uncoveredAgents } from '../queries/whats-new.ts';
import { plural } from '../text/plural.ts';
import { minute, second } from '../text/time.ts';
import { type Top, type WhatsNew, whatsNewLines } from '../text/whats-new.ts';
import { demandMirror } from './about-agent.ts';
import { text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { sinceOf } from './since.ts';
import { newsObject, newsShape } from './whats-new-object.ts';
import { windowEnd } from './window.ts';

/** How many items each part of an answer lists; the rest are counted. */
const maxItems = 20;

const top = <Item>(items: readonly Item[]): Top<Item> => ({ items: items.slice(0, maxItems), total: items.length });

/** What the answer can't cover, because lists are not mirrored that far back. */
function coverageNotes(uncovered: number, since: number): string[] {
  if (uncovered === 0) return [];
  return [
    `not all runs and signals of ${plural(uncovered, 'agent')} since ${minute(since)} are mirrored yet: more may be new, and their failure rates are not compared`,
  ];
}

/**
 * What changed since a moment, by `detected_at` for signals and by start for runs. The server remembers nothing about
 * the caller: the answer carries the `since` of the next call. That is the time at which the mirror was last known to
 * equal the API, so that news in between is reported twice rather than never. A signal that the API shows later, with a
 * `detected_at` before that time, is not reported.
 */
export const getWhatsNewTool = defineTool({
  name: 'get_whats_new',
  title: 'What is new',
  description:
    'What happened since a moment, or in the last 24 hours: new signals, first-time types, rates that moved, agents new or quiet. Signals by filters: search_signals.',
  input: z.strictObject({
    since: text().optional().describe('Date, time (ISO 8601, UTC) or age ("24h", "7d"), up to 90 days'),
  }),
  output: newsShape,
  view: 'news',
  handler: async ({ since: given }, { ensure }) => {
    return ensure.fleet((reader, ensured) => {
      const { freshness, time } = ensured;
      const { now, skew } = time;
      const { since, notes } = sinceOf(given, now);
      demandMirror(reader, ensured);
      const { end: until } = windowEnd(freshness, time);
      const equalAt = freshness.synced_at === null ? undefined : Date.parse(freshness.synced_at) / 1000 + skew;
      const signals = newSignals(reader, { from: since, end: until }).map(bySeverity).sort(graver);
      const news: WhatsNew = {
        since,
        until,
        signals: { ...top(signals), count: signals.reduce((sum, { count }) => sum + count, 0) },
        firstTimes: top(signals.filter(({ isFirst }) => isFirst).sort((a, b) => b.firstAt - a.firstAt)),
        rates: top(movedRates(reader, { from: since, end: until })),
        quiet: top(equalAt === undefined ? [] : quietAgents(reader, Math.min(equalAt, until))),
        agents: top(newAgents(reader, since)),
      };
      const toldUntil = equalAt === undefined ? since : Math.min(equalAt, until);
      return {
        lines: whatsNewLines(news, now),
        structured: newsObject(news),
        freshness,
        notes: [
          ...notes,
          ...(until < now ? [`what came after the last complete pass, ${minute(until)}, is not known yet`] : []),
          ...coverageNotes(uncoveredAgents(reader, since - baselineSeconds), since - baselineSeconds),
        ],
        next: [{ tool: 'get_whats_new', arguments: { since: second(toldUntil) } }],
      };
    });
  },
});
