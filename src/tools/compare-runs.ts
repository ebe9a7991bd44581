import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { inSnapshot } from '../db/snapshot.ts';
import { UsageError } from '../errors.ts';
import { cut, idText } from '../printable.ts';
import { runTally } from '../queries/compare.ts';
import { type Parting, partingOf } from '../queries/parting.ts';
import { type RunEventItem, type RunItem, runEvents } from '../queries/runs.ts';
import { type ComparedRun, comparisonLines } from '../text/compare.ts';
import { olderEvents } from '../text/runs.ts';
import { askAboutRun, resolveRun } from './about-run.ts';
import { text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { eventObject, eventShape } from './event-object.ts';
import { pairPicture } from './pair-picture.ts';
import { runObject, runShape, tokensObject, tokensShape } from './run-object.ts';
import { worseFreshness } from './worse-freshness.ts';

/** How many events are shown before the timelines diverge, and after that for each run. */
const around = 3;
/** Failure types that structured content counts for a run. */
const maxTypes = 50;

const numberedEventShape = eventShape.extend({ index: z.number() });

/** Why a run's timeline can't be compared. */
function lackOf({ eventsExpired }: RunItem, events: number, isFetched: boolean): string | undefined {
  if (events > 0) return undefined;
  if (!isFetched) return 'its events are not mirrored yet';
  return eventsExpired ? 'the server has dropped its events for age' : 'it has no events';
}

function comparedRun(reader: Reader, run: RunItem): ComparedRun & { isOlder: boolean } {
  const tally = runTally(reader, run.runId);
  const { isFetched, isOlder } = runEvents(reader, run.runId, { from: 0, limit: 1 });
  return { run, tally, isOlder, lacks: lackOf(run, tally.events, isFetched) };
}

function sideObject({ run, tally }: ComparedRun) {
  const { startedAt, completedAt } = run;
  const lasted = startedAt === null || completedAt === null ? null : Math.max(0, completedAt - startedAt);
  return {
    ...runObject(run),
    agent_id: run.agentId,
    ...(lasted === null ? {} : { duration_seconds: Math.round(lasted * 1000) / 1000 }),
    ...tokensObject(tally.tokens),
    ...(tally.events === 0 ? {} : { llm_calls: tally.llmCalls, tool_calls: tally.toolCalls }),
    events_total: tally.events,
    signals: Object.fromEntries(tally.signals.slice(0, maxTypes)),
  };
}

const numbered = (events: readonly RunEventItem[], from: number) =>
  events.map((event, index) => ({ index: from + index, ...eventObject(event) }));

function timelinesObject({ relation, common, last, next: [first, second] }: Parting) {
  return {
    compared: true,
    relation,
    common_events: common,
    last_common: numbered(last, common - last.length),
    next_1: numbered(first, common),
    next_2: numbered(second, common),
  };
}

const runIdArgument = () => text().describe('Run id, its beginning, or a View Run URL');

export const compareRunsTool = defineTool({
  name: 'compare_runs',
  title: 'Compare two runs',
  description:
    'Two runs (traces) side by side, and the first event at which they differ: why one failed and the other did not. One run: get_run_detail; to find the other one: find_similar_runs.',
  input: z.strictObject({
    run_id_1: runIdArgument(),
    run_id_2: runIdArgument(),
    agent_id: text().optional().describe('Not needed'),
  }),
  output: z.object({
    runs: z.array(
      runShape.extend({
        agent_id: z.string(),
        duration_seconds: z.number().optional(),
        ...tokensShape,
        llm_calls: z.number().optional(),
        tool_calls: z.number().optional(),
        events_total: z.number(),
        signals: z.record(z.string(), z.number()),
      }),
    ),
    timelines: z.object({
      compared: z.boolean(),
      relation: z.enum(['same', 'parted', 'first_is_beginning', 'second_is_beginning']).optional(),
      common_events: z.number().optional(),
      last_common: z.array(numberedEventShape).optional(),
      next_1: z.array(numberedEventShape).optional(),
      next_2: z.array(numberedEventShape).optional(),
      reasons: z.array(z.string()).optional(),
    }),
  }),
  view: 'runs',
  handler: async ({ run_id_1: given, run_id_2: otherGiven }, { ensure }, { showsPictures }) => {
    const known = await ensure.reader();
    const [runId, otherId] = inSnapshot(
      known,
      () => [resolveRun(given)(known), resolveRun(otherGiven)(known)] as const,
    );
    if (runId === otherId)
      throw new UsageError(
        `run_id_1 and run_id_2 are the same run, "${idText(cut(runId, 80))}". Pass two different ones.`,
      );
    const find = (id: string) =>
      askAboutRun(
        { ensure },
        () => id,
        (_, about) => about,
      );
    const [one, other] = await Promise.all([find(runId), find(otherId)]);
    const reader = await ensure.reader();
    return inSnapshot(reader, () => {
      const sides = [comparedRun(reader, one.run), comparedRun(reader, other.run)] as const;
      const reasons = sides.flatMap(({ lacks }, index) => (lacks === undefined ? [] : [`run ${index + 1}: ${lacks}`]));
      const divergence = reasons.length === 0 ? partingOf(reader, [one.run.runId, other.run.runId], around) : undefined;
      const isOneAgent = one.run.agentId === other.run.agentId;
      return {
        lines: comparisonLines(sides, divergence),
        structured: {
          runs: sides.map(sideObject),
          timelines: divergence ? timelinesObject(divergence) : { compared: false, reasons },
        },
        picture:
          showsPictures && divergence
            ? pairPicture(reader, [one.run.runId, other.run.runId], divergence.common)
            : undefined,
        freshness: {
          ...worseFreshness(one.freshness, other.freshness),
          ...(divergence ? { texts: divergence.texts } : {}),
        },
        notes: [
          ...(isOneAgent ? [] : ['the runs are of different agents']),
          ...sides.flatMap(({ isOlder }, index) => (isOlder ? [olderEvents(`run ${index + 1}`)] : [])),
        ],
      };
    });
  },
});
