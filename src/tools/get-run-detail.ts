import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { runEvents } from '../queries/runs.ts';
import { runSignals } from '../queries/signals.ts';
import { createBriefs } from '../text/brief.ts';
import { olderEvents, runDetailLines } from '../text/runs.ts';
import { askAboutRun, resolveRun } from './about-run.ts';
import { text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { eventObject, eventShape } from './event-object.ts';
import { runObject, runShape } from './run-object.ts';
import { signalObject, signalShape } from './signal-object.ts';

/** How many signals an answer shows. A run has few, unless something is wrong. */
const maxSignals = 50;
/** How many events a timeline shows. */
const maxEvents = 40;

export const getRunDetailTool = defineTool({
  name: 'get_run_detail',
  title: 'Detail of a run',
  description:
    'One run in full: metadata, its signals with fixes, and the step-by-step event timeline. Run ids come from get_agent_runs and the signal tools. For one of its signals in full use get_signal_detail.',
  input: z.strictObject({
    run_id: text().describe("Run UUID, its beginning (8 or more characters), or an alert's View Run URL"),
    agent_id: text().optional().describe('Not needed'),
    events_from: z
      .int()
      .nonnegative('takes the number of an event, from 0 on')
      .optional()
      .describe(`First event to show; ${maxEvents} are shown at a time`),
  }),
  output: runShape.extend({
    agent_id: z.string(),
    signals: z.array(signalShape),
    /** The total, if there are more than the answer shows. */
    signals_total: z.number().optional(),
    events: z.array(eventShape),
    events_from: z.number(),
    events_total: z.number(),
  }),
  handler: ({ run_id: given, events_from: from = 0 }, { ensure }) =>
    askAboutRun({ ensure }, resolveRun(given), (reader, { run, freshness, time }) => {
      const { runId } = run;
      const all = runSignals(reader, runId);
      const signals = all.slice(0, maxSignals);
      const events = { from, ...runEvents(reader, runId, { from, limit: maxEvents }) };
      if (from > 0 && from >= events.total)
        throw new UsageError(`events_from is ${from}, but the run has ${events.total} events, numbered from 0.`);
      const [first] = signals;
      const more = from + events.items.length;
      const brief = createBriefs();
      return {
        lines: runDetailLines({ run, signals, signalsTotal: all.length, events }, time.now),
        structured: {
          ...runObject(run),
          agent_id: run.agentId,
          signals: signals.map((signal) => {
            const { what: _, ...said } = brief(signal);
            return signalObject(signal, said, {});
          }),
          ...(all.length > maxSignals ? { signals_total: all.length } : {}),
          events: events.items.map(eventObject),
          events_from: from,
          events_total: events.total,
        },
        freshness,
        notes: events.isOlder ? [olderEvents('the run')] : [],
        next: [
          ...(more < events.total ? [{ tool: 'get_run_detail', arguments: { run_id: runId, events_from: more } }] : []),
          ...(first ? [{ tool: 'get_signal_detail', arguments: { signal_id: first.id, agent_id: run.agentId } }] : []),
        ],
      };
    }),
});
