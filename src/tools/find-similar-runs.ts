import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { partingOf } from '../queries/parting.ts';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { maxEvents } from '../queries/run-traits.ts';
import { findRun } from '../queries/runs.ts';
import { type SimilarRun, type SimilarRuns, similarRuns } from '../queries/similar-runs.ts';
import { type ShownRun, type SimilarRunsView, similarRunsLines } from '../text/similar-runs.ts';
import { askAboutRun, resolveRun } from './about-run.ts';
import { clampLimit, limitArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { eventObject, eventShape } from './event-object.ts';
import { runObject, runShape } from './run-object.ts';

const maxLimit = 50;
/** How many events are shown before the timelines diverge, and after that for each run. */
const around = 2;
/** Names that structured content lists of a kind. */
const maxNames = 50;

const similarShape = runShape.extend({
  likeness: z.number(),
  failures_alike: z.number(),
  tools_alike: z.number().optional(),
  order_alike: z.number().optional(),
  same_input: z.boolean().optional(),
  failure_types: z.array(z.string()),
});

const rounded = (value: number) => Number(value.toFixed(4));

function similarObject({ run, likeness, failureTypes }: ShownRun): z.infer<typeof similarShape> {
  const { tools, order, input } = likeness;
  return {
    ...runObject(run),
    likeness: rounded(likeness.whole),
    failures_alike: rounded(likeness.failures),
    ...(tools === null ? {} : { tools_alike: rounded(tools) }),
    ...(order === null ? {} : { order_alike: rounded(order) }),
    ...(input === null ? {} : { same_input: input === 1 }),
    failure_types: failureTypes.slice(0, maxNames),
  };
}

const shown = (reader: Reader, runs: readonly SimilarRun[]): ShownRun[] =>
  runs.flatMap((similar) => {
    const run = findRun(reader, similar.runId);
    return run ? [{ ...similar, run }] : [];
  });

/** The run that went the other way, if there is one that can be compared. */
function contrastOf(reader: Reader, runId: string, found: SimilarRuns): SimilarRunsView['contrast'] {
  const run = found.contrast === null ? undefined : findRun(reader, found.contrast);
  return run && { run, parting: partingOf(reader, [runId, run.runId], around) };
}

function contrastObject(contrast: SimilarRunsView['contrast']) {
  if (!contrast) return {};
  const { run, parting } = contrast;
  const { relation, common, next } = parting;
  return {
    contrast: {
      run_id: run.runId,
      relation,
      common_events: common,
      next_here: next[0].map(eventObject),
      next_there: next[1].map(eventObject),
    },
  };
}

function sameInputObject({ sameInput }: SimilarRuns) {
  if (!sameInput) return {};
  const { failed, total, interval, isAll } = sameInput;
  const rate = interval ? { low: rounded(interval.low), high: rounded(interval.high) } : {};
  return { same_input: { runs: total, failed_runs: failed, ...rate, is_all: isAll } };
}

export const findSimilarRunsTool = defineTool({
  name: 'find_similar_runs',
  title: 'Similar runs',
  description:
    'Past runs of the agent most like a given one (failures, tools, order of events, input), clean apart from failed, and the first step at which the nearest clean one did otherwise. Two known runs: compare_runs.',
  input: z.strictObject({
    run_id: text().describe('Run id, its beginning, or a View Run URL'),
    limit: limitArgument(5, maxLimit).describe(`Of each kind, at most ${maxLimit}`),
  }),
  output: z.object({
    run_id: z.string(),
    agent_id: z.string(),
    failure_types: z.array(z.string()),
    tools: z.array(z.string()).optional(),
    input_hash: z.string().optional(),
    looked_at: z.number(),
    looked_at_with_events: z.number(),
    other_runs: z.number(),
    same_input: z
      .object({
        runs: z.number(),
        failed_runs: z.number(),
        low: z.number().optional(),
        high: z.number().optional(),
        is_all: z.boolean(),
      })
      .optional(),
    clean: z.array(similarShape),
    failed: z.array(similarShape),
    contrast: z
      .object({
        run_id: z.string(),
        relation: z.enum(['same', 'parted', 'first_is_beginning', 'second_is_beginning']),
        common_events: z.number(),
        next_here: z.array(eventShape),
        next_there: z.array(eventShape),
      })
      .optional(),
  }),
  handler: ({ run_id: given, limit: wanted }, { ensure }) =>
    askAboutRun({ ensure }, resolveRun(given), (reader, { run, freshness, time }) => {
      const { limit, notes } = clampLimit(wanted, maxLimit);
      const found = similarRuns(reader, run.runId, limit);
      const contrast = contrastOf(reader, run.runId, found);
      const [clean, failed] = [shown(reader, found.clean), shown(reader, found.failed)];
      return {
        lines: similarRunsLines(
          { ...found, run, clean, failed, contrast, comparedEvents: maxEvents, shortRunId: shortRunIds(reader) },
          time.now,
        ),
        structured: {
          run_id: run.runId,
          agent_id: run.agentId,
          failure_types: found.failureTypes.slice(0, maxNames),
          ...(found.tools === null ? {} : { tools: found.tools.slice(0, maxNames) }),
          ...(found.input === null ? {} : { input_hash: found.input }),
          looked_at: found.lookedAt,
          looked_at_with_events: found.withEvents,
          other_runs: found.of,
          ...sameInputObject(found),
          clean: clean.map(similarObject),
          failed: failed.map(similarObject),
          ...contrastObject(contrast),
        },
        freshness,
        notes,
      };
    }),
});
