import { UsageError } from '../errors.ts';
import { findRun, type RunItem } from '../queries/runs.ts';
import type { Ensured } from '../sync/ensure.ts';
import type { Freshness } from '../sync/freshness.ts';
import { cut } from '../text/brief.ts';
import { demandMirror, notMirrored } from './about-agent.ts';
import type { ToolContext } from './define-tool.ts';
import { fullRunId, minPrefix, runIdIn } from './run-reference.ts';

/**
 * The id of the run that somebody means: an id, its unique beginning, or an alert's URL.
 * @throws UsageError for a URL of something else, and for a beginning of several runs.
 */
export async function meantRun({ ensure }: Pick<ToolContext, 'ensure'>, given: string): Promise<string> {
  return fullRunId(await ensure.reader(), runIdIn(given));
}

/**
 * Sees to it that the mirror holds what it can of a run.
 * @throws UsageError for a run that is not known; UnansweredError as demandMirror does.
 */
export async function askAboutRun(
  { ensure }: Pick<ToolContext, 'ensure'>,
  runId: string,
): Promise<{ run: RunItem; freshness: Freshness }> {
  const ensured = await ensure.run(runId);
  const reader = await ensure.reader();
  const run = findRun(reader, runId);
  if (run) return { run, freshness: ensured.freshness };
  demandMirror(reader, ensured);
  throw new UsageError(explainUnknown(runId, ensured));
}

function explainUnknown(given: string, ensured: Ensured): string {
  const name = `run "${cut(given, 80)}"`;
  const missing = notMirrored(name, ensured) ?? `There is no ${name}: the API does not know it.`;
  const short = given.length < minPrefix ? ` The beginning of an id needs ${minPrefix} characters.` : '';
  return `${missing}${short} A run turns up some seconds after its end; get_agent_runs lists run ids.`;
}
