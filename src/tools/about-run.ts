import type { Reader } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { cut, idOf, idText } from '../printable.ts';
import { minPrefix } from '../queries/run-prefixes.ts';
import { findRun, type RunItem } from '../queries/runs.ts';
import type { Ensured, ReadId } from '../sync/ensure.ts';
import { demandMirror, notMirrored } from './about-agent.ts';
import type { ToolContext } from './define-tool.ts';
import { fullRunId, runIdIn } from './run-reference.ts';

/**
 * Finds the run that the caller means.
 * @throws UsageError for a URL of something else, and for a prefix of several run ids.
 */
export const resolveRun =
  (given: string): ReadId =>
  (reader) =>
    [given, idOf(given.trim())].find((id) => findRun(reader, id) !== undefined) ?? fullRunId(reader, runIdIn(given));

/**
 * Answers a question about a run, after bringing its part of the mirror up to date as far as possible.
 * @throws UsageError for an unknown run; UnansweredError as demandMirror does.
 */
export function askAboutRun<Answer>(
  { ensure }: Pick<ToolContext, 'ensure'>,
  readId: ReadId,
  answer: (reader: Reader, about: { run: RunItem } & Pick<Ensured, 'freshness' | 'time'>) => Answer,
): Promise<Answer> {
  return ensure.run(readId, (reader, ensured, runId) => {
    const run = findRun(reader, runId);
    if (run) return answer(reader, { run, freshness: ensured.freshness, time: ensured.time });
    demandMirror(reader, ensured);
    throw new UsageError(explainUnknown(runId, ensured));
  });
}

function explainUnknown(given: string, ensured: Ensured): string {
  const name = `run "${idText(cut(given, 80))}"`;
  const missing = notMirrored(name, ensured) ?? `There is no ${name}: the API does not know it.`;
  const short = given.length < minPrefix ? ` The beginning of an id needs ${minPrefix} characters.` : '';
  return `${missing}${short} A run turns up some seconds after its end; get_agent_runs lists run ids.`;
}
