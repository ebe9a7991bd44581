import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { findRun, runEvents } from '../queries/runs.ts';
import { runSignals } from '../queries/signals.ts';
import { runDetailLines } from '../text/runs.ts';
import { iso } from '../text/time.ts';
import { defineTool } from './define-tool.ts';
import { runObject, runShape } from './run-object.ts';
import { signalObject, signalShape } from './signal-object.ts';

/** As many events as a timeline shows. */
const maxEvents = 40;

export const getRunDetailTool = defineTool({
  name: 'get_run_detail',
  title: 'Detail of a run',
  description:
    'One run in full: metadata, its signals with fixes, and the step-by-step event timeline. Run ids come from get_agent_runs and get_agent_signals.',
  input: z.strictObject({
    run_id: z.string().describe('Run UUID'),
    agent_id: z.string().optional().describe('Optional; not needed for the lookup'),
  }),
  output: runShape.extend({
    agent_id: z.string(),
    signals: z.array(signalShape.extend({ fix: z.string().optional() })),
    events: z.array(
      z.object({
        event_type: z.string(),
        step_index: z.number().optional(),
        timestamp: z.string().optional(),
        payload: z.record(z.string(), z.unknown()),
      }),
    ),
    events_total: z.number(),
  }),
  handler: async ({ run_id: runId }, { ensure, clock }) => {
    const freshness = await ensure.run(runId);
    const reader = await ensure.reader();
    const run = findRun(reader, runId);
    if (!run) {
      const why = freshness.note ?? 'It is neither in the mirror nor known to the API.';
      throw new UsageError(`There is no run "${printable(runId.slice(0, 200))}". ${why} get_agent_runs lists run ids.`);
    }
    const signals = runSignals(reader, runId);
    const events = runEvents(reader, runId, maxEvents);
    return {
      lines: runDetailLines({ run, signals, events }, clock.now()),
      structured: {
        ...runObject(run),
        agent_id: run.agentId,
        signals: signals.map((signal) => {
          const fix = signal.fixes[0]?.description;
          return { ...signalObject(signal), ...(fix ? { fix } : {}) };
        }),
        events: events.items.map(({ eventType, stepIndex, timestamp, payload }) => ({
          event_type: eventType,
          ...(stepIndex === null ? {} : { step_index: stepIndex }),
          ...(timestamp === null ? {} : { timestamp: iso(timestamp) }),
          payload,
        })),
        events_total: events.total,
      },
      freshness,
    };
  },
});
