import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { cut, idText } from '../printable.ts';
import { coveredFrom } from '../queries/coverage.ts';
import type { Median } from '../queries/median.ts';
import { shortRunIds } from '../queries/run-prefixes.ts';
import {
  compareVersions,
  type VersionComparison,
  type VersionFacts,
  type VersionPair,
} from '../queries/version-comparison.ts';
import { findVersion, type KnownVersion, newestVersions } from '../queries/versions.ts';
import { second } from '../text/time.ts';
import { maxComparedTypes, versionComparisonLines, versionName } from '../text/versions.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { changeObject, changeShape } from './patterns-object.ts';
import { realName } from './real-name.ts';
import { coverageNotes } from './window.ts';

/** How many versions an error names. */
const maxNamed = 5;
/** Versions among which the one before another is looked for. */
const maxLooked = 1000;

function versionNamed(reader: Reader, agentId: string, given: string): KnownVersion {
  const found = findVersion(reader, agentId, given) ?? findVersion(reader, agentId, realName(reader, given));
  if (found) return found;
  const { items, total } = newestVersions(reader, agentId, maxNamed);
  const names = items.map(({ version }) => versionName(version)).join(', ');
  const known = total === 0 ? 'No run of it names a version.' : `Its newest of ${total}: ${names}.`;
  throw new UsageError(`No run of "${idText(agentId)}" is of version "${idText(cut(given, 80))}". ${known}`);
}

/** The versions that are meant, the earlier one first where it is not given; undefined: there are not two. */
function pairOf(
  reader: Reader,
  agentId: string,
  { a, b }: { a?: string | undefined; b?: string | undefined },
): VersionPair | undefined {
  const [one, other] = [a, b].map((given) => (given === undefined ? undefined : versionNamed(reader, agentId, given)));
  if (one && other) {
    if (one.id !== other.id) return [one, other];
    throw new UsageError(`a and b are the same version, "${versionName(one.version)}". Pass two different ones.`);
  }
  const all = newestVersions(reader, agentId, one || other ? maxLooked : 2).items;
  const [newest] = all;
  if (one && newest && one.id !== newest.id) return [one, newest];
  const after = other ?? newest;
  const before = all[all.findIndex(({ id }) => id === after?.id) + 1];
  if (other && !before)
    throw new UsageError(
      `No version of "${idText(agentId)}" is known from before "${versionName(other.version)}". Pass a.`,
    );
  return after && before ? [before, after] : undefined;
}

const medianShape = z.object({ median: z.number(), low: z.number().optional(), high: z.number().optional() });

const sideShape = z.object({
  agent_version: z.string(),
  run_count: z.number(),
  first_run: z.string(),
  last_run: z.string().optional(),
  /** Medians of the newest runs, so many of them, with 95 % intervals. */
  sample_runs: z.number(),
  total_tokens: medianShape.optional(),
  step_count: medianShape.optional(),
  duration_seconds: medianShape.optional(),
  /** Means over the model calls in mirrored events. */
  runs_with_events: z.number(),
  prompt_tokens_per_call: z.number().optional(),
  latency_ms_per_call: z.number().optional(),
  newest_run_id: z.string().optional(),
  newest_failed_run_id: z.string().optional(),
  newest_clean_run_id: z.string().optional(),
});

const round = (value: number) => Math.round(value * 100) / 100;

const medianObject = ({ median, interval }: Median) => ({
  median: round(median),
  ...(interval ? { low: round(interval.low), high: round(interval.high) } : {}),
});

function sideObject(side: VersionFacts): z.infer<typeof sideShape> {
  const { tokens, steps, seconds, promptTokens, latencyMs } = side;
  return {
    agent_version: side.version,
    run_count: side.runs,
    first_run: second(side.firstRun),
    ...(side.lastRun === null ? {} : { last_run: second(side.lastRun) }),
    sample_runs: side.sampleRuns,
    ...(tokens ? { total_tokens: medianObject(tokens) } : {}),
    ...(steps ? { step_count: medianObject(steps) } : {}),
    ...(seconds ? { duration_seconds: medianObject(seconds) } : {}),
    runs_with_events: side.runsWithEvents,
    ...(promptTokens === null ? {} : { prompt_tokens_per_call: round(promptTokens) }),
    ...(latencyMs === null ? {} : { latency_ms_per_call: round(latencyMs) }),
    ...(side.newestRun === null ? {} : { newest_run_id: side.newestRun }),
    ...(side.newestFailed === null ? {} : { newest_failed_run_id: side.newestFailed }),
    ...(side.newestClean === null ? {} : { newest_clean_run_id: side.newestClean }),
  };
}

function typesObject({ types, examples }: VersionComparison) {
  const byType = new Map(examples.map(({ failureType, runs }) => [failureType, runs]));
  return types.slice(0, maxComparedTypes).map((change) => {
    const [before, after] = byType.get(change.failureType ?? '') ?? [];
    return {
      ...changeObject(change),
      ...(before ? { newest_run_before: before } : {}),
      ...(after ? { newest_run_after: after } : {}),
    };
  });
}

const versionArgument = (what: string) => text().optional().describe(what);

export const compareVersionsTool = defineTool({
  name: 'compare_versions',
  title: 'Compare versions',
  description:
    'Did a new version (release, deploy) make an agent worse? Regressions between two versions: failure rates by type with intervals and verdicts, tokens, latency, steps, example runs. All versions of a span: get_agent_patterns.',
  input: z.strictObject({
    agent_id: agentIdArgument,
    a: versionArgument('Version before; the one before b if left out'),
    b: versionArgument('Version after; the newest if left out'),
  }),
  output: z.object({
    agent_id: z.string(),
    compared: z.boolean(),
    versions: z.array(sideShape),
    all: changeShape.optional(),
    types: z.array(
      changeShape.extend({ newest_run_before: z.string().optional(), newest_run_after: z.string().optional() }),
    ),
    types_total: z.number(),
  }),
  handler: ({ agent_id: given, ...named }, context) =>
    askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const pair = pairOf(reader, agentId, named);
      const notes = coverageNotes(coveredFrom(reader, agentId), Math.min(...(pair ?? []).map((one) => one.firstRun)));
      if (!pair) {
        const [only] = newestVersions(reader, agentId, 1).items;
        const why = only ? `its runs are all of ${versionName(only.version)}` : 'no run of it names a version';
        return {
          lines: [`No two versions of ${idText(agentId)} can be compared: ${why}.`],
          structured: { agent_id: agentId, compared: false, versions: [], types: [], types_total: 0 },
          freshness,
          notes,
        };
      }
      const compared = compareVersions(reader, agentId, pair);
      return {
        lines: versionComparisonLines(agentId, { ...compared, shortRunId: shortRunIds(reader) }, time.now),
        structured: {
          agent_id: agentId,
          compared: true,
          versions: compared.facts.map(sideObject),
          all: changeObject(compared.all),
          types: typesObject(compared),
          types_total: compared.types.length,
        },
        freshness,
        notes,
      };
    }),
});
