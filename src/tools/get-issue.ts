import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { findIssues } from '../queries/issues.ts';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { findExplainedSignals } from '../queries/signals.ts';
import { createBriefs } from '../text/brief.ts';
import { issueLines, resolutionLines } from '../text/issues.ts';
import { agentSignalLines } from '../text/signals.ts';
import { defineTool } from './define-tool.ts';
import { askAboutIssues } from './issue-answer.ts';
import { shownRow } from './record-tool.ts';
import { signalObject, signalShape } from './signal-object.ts';

const maxSignals = 5;

export const getIssueTool = defineTool({
  name: 'get_issue',
  title: 'Issue in full',
  description:
    'One issue (ticket) by its number: status, affected runs, its newest signals with explanation and fix. What its runs have in common: get_failure_pattern_detail.',
  needs: 'issues',
  input: z.strictObject({ issue_id: z.number().int().positive().describe('From search_issues') }),
  output: z.object({ issue: z.record(z.string(), z.unknown()), signals: z.array(signalShape) }),
  handler: ({ issue_id: id }, { ensure }) =>
    askAboutIssues(ensure, (reader, { freshness, time }) => {
      const { items, from } = findIssues(reader, {});
      const issue = items.find((one) => one.id === id);
      if (!issue) {
        const why = from === 'api' ? `There is no issue #${id}.` : 'This API has no issues with numbers.';
        throw new UsageError(`${why} search_issues lists those that there are.`);
      }
      const about = { agentId: issue.agent_id, failureType: issue.failure_type };
      const found = findExplainedSignals(reader, about, { limit: maxSignals });
      const counts = { total: found.total, mirrored: found.total };
      const view = { items: found.items, ...counts, covered: freshness.covered, shortRunId: shortRunIds(reader) };
      const { briefOf } = createBriefs();
      return {
        lines: [
          ...issueLines({ items: [issue], from }, 1, time.now),
          ...resolutionLines(issue),
          ...agentSignalLines(issue.agent_id, view, time.now),
        ],
        structured: {
          issue: shownRow(issue),
          signals: found.items.map((signal) => signalObject(signal, briefOf(signal), { run: true })),
        },
        freshness,
      };
    }),
});
