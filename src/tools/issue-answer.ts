import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { areIssuesSent, findIssues, type IssueFilter } from '../queries/issues.ts';
import type { Ensure, Ensured } from '../sync/ensure.ts';
import { issueLines } from '../text/issues.ts';
import { demandMirror } from './about-agent.ts';
import { shownRow } from './record-tool.ts';

/** What the tools about issues share. */

export const issuesShape = {
  items: z.array(z.record(z.string(), z.unknown())),
  total: z.number(),
  /** `signals`: computed from them, as the API has no issues. */
  from: z.enum(['api', 'signals']),
};

/**
 * Answers from the API's issues; where it has none, from signals, which are mirrored on their own.
 * @throws as `answer` does.
 */
export async function askAboutIssues<Answer>(
  ensure: Pick<Ensure, 'records' | 'fleet'>,
  answer: (reader: Reader, ensured: Ensured) => Answer,
): Promise<Answer> {
  const sent = await ensure.records('issues', undefined, (reader, ensured) =>
    areIssuesSent(reader) ? { answer: answer(reader, ensured) } : undefined,
  );
  return sent ? sent.answer : ensure.fleet(answer);
}

/** A list of issues. */
export function issuesAnswer(reader: Reader, ensured: Ensured, filter: IssueFilter, limit: number) {
  demandMirror(reader, ensured);
  const found = findIssues(reader, filter);
  const items = found.items.slice(0, limit);
  const { freshness, time } = ensured;
  return {
    lines: issueLines({ ...found, items }, found.items.length, time.now, filter.status),
    structured: { items: items.map(shownRow), total: found.items.length, from: found.from },
    freshness,
  };
}
