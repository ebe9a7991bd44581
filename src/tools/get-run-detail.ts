import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { findRun, type RunEventItem, runEvents } from '../queries/runs.ts';
import { runSignals } from '../queries/signals.ts';
import type { Ensured } from '../sync/ensure.ts';
import { createBriefs, cut } from '../text/brief.ts';
import { maxFact, runDetailLines } from '../text/runs.ts';
import { iso } from '../text/time.ts';
import { demandMirror, notMirrored } from './about-agent.ts';
import { text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { runObject, runShape } from './run-object.ts';
import { fullRunId, minPrefix, runIdIn } from './run-reference.ts';
import { payloadBounds, shorten } from './shorten.ts';
import { signalObject, signalShape } from './signal-object.ts';

/** As many events as a timeline shows. */
const maxEvents = 40;

const eventShape = z.object({
  event_type: z.string(),
  step_index: z.number().optional(),
  timestamp: z.string().optional(),
  payload: z.record(z.string(), z.unknown()).optional(),
});

function eventObject({ eventType, stepIndex, timestamp, payload }: RunEventItem): z.infer<typeof eventShape> {
  return {
    event_type: cut(eventType, maxFact),
    ...(stepIndex === null ? {} : { step_index: stepIndex }),
    ...(timestamp === null ? {} : { timestamp: iso(timestamp) }),
    ...(Object.keys(payload).length === 0 ? {} : { payload: shorten(payload, payloadBounds) }),
  };
}

function explainUnknown(given: string, ensured: Ensured): string {
  const name = `run "${cut(given, 80)}"`;
  const missing = notMirrored(name, ensured) ?? `There is no ${name}: the API does not know it.`;
  const short = given.length < minPrefix ? ` The beginning of an id needs ${minPrefix} characters.` : '';
  return `${missing}${short} A run turns up some seconds after its end; get_agent_runs lists run ids.`;
}

export const getRunDetailTool = defineTool({
  name: 'get_run_detail',
  title: 'Detail of a run',
  description:
    'One run in full: metadata, its signals with fixes, and the step-by-step event timeline. Run ids come from get_agent_runs and the signal tools. For one of its signals in full use get_signal_detail.',
  input: z.strictObject({
    run_id: text().describe(
      "Run UUID, its unique beginning (8 or more characters), or the URL of an alert's View Run link",
    ),
    agent_id: text().optional().describe('Optional; not used for the lookup'),
    events_from: z
      .int()
      .nonnegative('takes the number of an event, from 0 on')
      .optional()
      .describe(`First event to show; ${maxEvents} are shown at a time`),
  }),
  output: runShape.extend({
    agent_id: z.string(),
    signals: z.array(signalShape),
    events: z.array(eventShape),
    events_from: z.number(),
    events_total: z.number(),
  }),
  handler: async ({ run_id: given, events_from: from = 0 }, { ensure, clock }) => {
    const runId = fullRunId(await ensure.reader(), runIdIn(given));
    const ensured = await ensure.run(runId);
    const reader = await ensure.reader();
    const run = findRun(reader, runId);
    if (!run) {
      demandMirror(reader, ensured);
      throw new UsageError(explainUnknown(runId, ensured));
    }
    const signals = runSignals(reader, runId);
    const events = { from, ...runEvents(reader, runId, { from, limit: maxEvents }) };
    if (from > 0 && from >= events.total)
      throw new UsageError(`events_from is ${from}, but the run has ${events.total} events, numbered from 0.`);
    const [first] = signals;
    const more = from + events.items.length;
    const brief = createBriefs();
    return {
      lines: runDetailLines({ run, signals, events }, clock.now()),
      structured: {
        ...runObject(run),
        agent_id: run.agentId,
        signals: signals.map((signal) => {
          const { what: _, ...said } = brief(signal);
          return signalObject(signal, said, {});
        }),
        events: events.items.map(eventObject),
        events_from: from,
        events_total: events.total,
      },
      freshness: ensured.freshness,
      next: [
        ...(more < events.total ? [{ tool: 'get_run_detail', arguments: { run_id: runId, events_from: more } }] : []),
        ...(first ? [{ tool: 'get_signal_detail', arguments: { signal_id: first.id, agent_id: run.agentId } }] : []),
      ],
    };
  },
});
