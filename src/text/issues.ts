import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { IssueItem, Issues } from '../queries/issues.ts';
import { plural } from './plural.ts';
import { plainTable } from './tables.ts';
import { ago } from './time.ts';

const marks: Readonly<Record<string, string>> = { open: '🔴', reopened: '🟠', resolved: '✅' };

const maxNotes = 500;

const statusText = ({ status }: IssueItem) => `${marks[status ?? ''] ?? '⚪'} ${prose(status ?? '?')}`;
const when = (at: number | null | undefined, now: number) => (at == null ? '?' : ago(now - at));

/** Issues, and where they come from. `status`: the one that was asked for. `now` is in Unix seconds. */
export function issueLines({ items, from }: Issues, total: number, now: number, status?: string): string[] {
  const columns = ['ISSUE', 'STATUS', 'AGENT', 'FAILURE TYPE', 'RUNS', 'CLEAN SINCE', 'FIRST SEEN', 'LAST SEEN'];
  const rows = items.map((issue) => [
    issue.id === null ? '-' : `#${issue.id}`,
    statusText(issue),
    idText(issue.agent_id),
    idText(issue.failure_type),
    String(issue.affected_runs ?? '?'),
    String(issue.clean_runs_since ?? '?'),
    when(issue.first_seen, now),
    when(issue.last_seen, now),
  ]);
  return [
    ...(items.length === 0
      ? [`No${status === undefined ? '' : ` ${status}`} issues match.`]
      : plainTable(columns, rows)),
    ...(total > items.length ? [`${items.length} shown of ${plural(total, 'issue')}.`] : []),
    ...(from === 'api' ? [] : [computedNote]),
  ];
}

/** That somebody resolved an issue by hand, and what they wrote. */
export function resolutionLines({ manually_resolved: isByHand, resolution_notes: notes }: IssueItem): string[] {
  return isByHand === true ? [`Resolved by hand${notes ? `: ${prose(cut(notes, maxNotes))}` : '.'}`] : [];
}

/** This API has no issues: what is shown is computed. */
export const computedNote =
  'This API has no issues: these are computed from signals (opened by the first one, resolved after 5 clean runs, reopened by the next).';
