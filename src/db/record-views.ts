import { sql } from 'drizzle-orm';
import { sqliteView, text } from 'drizzle-orm/sqlite-core';
import type { RecordList } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';
import { isoOf } from './views.ts';

/** The views of the small lists: a column for each field of a row, and the same times as `*_iso`. */

/** The columns of a list's view, with their words. */
export function recordColumns({ wire, shows, ownerColumn }: RecordList): [name: string, about: string][] {
  const goneAt: [string, string] = [
    'gone_at',
    'when the API was seen to have dropped it, in Unix seconds; NULL: it is still there',
  ];
  const gone = shows.how === 'whole' ? [] : [goneAt];
  const fields = Object.entries(wire.shape).map(([name, { description = '' }]): [string, string] => [
    name,
    description,
  ]);
  const isTime = (name: string) => /_(at|seen)$/.test(name);
  const times = fields.filter(([name]) => isTime(name));
  return [
    ...(ownerColumn === undefined ? [] : [[ownerColumn, 'what it is of'] as [string, string]]),
    ...fields,
    ['extra', 'fields that a newer API sends, as a JSON object; NULL: none'],
    ...gone,
    ...times.map(([name]): [string, string] => [`${name}_iso`, `${name} in UTC, as ISO 8601`]),
  ];
}

function recordView(list: RecordList) {
  const columns = recordColumns(list).map(([name]) => name);
  const field = (name: string) => `json_extract(body, '$.${name}')`;
  const parts = columns.map((name) => {
    if (name === list.ownerColumn) return `owner as ${name}`;
    if (name === 'extra' || name === 'gone_at') return name;
    return name.endsWith('_iso') ? `${isoOf(field(name.slice(0, -4)))} as ${name}` : `${field(name)} as ${name}`;
  });
  return sqliteView(list.view, Object.fromEntries(columns.map((name) => [name, text(name)]))).as(
    sql.raw(`select ${parts.join(', ')} from records where list = '${list.name}' order by place, at desc`),
  );
}

export const vPolicies = recordView(recordListsByName.policies);
export const vCustomDetectors = recordView(recordListsByName.custom_detectors);
export const vIssues = recordView(recordListsByName.issues);
export const vFixes = recordView(recordListsByName.fixes);
export const vApprovals = recordView(recordListsByName.approvals);
export const vConversations = recordView(recordListsByName.conversations);
export const vPolicyEvaluations = recordView(recordListsByName.policy_evaluations);
export const vConversationRuns = recordView(recordListsByName.conversation_runs);
export const vAgentIssues = recordView(recordListsByName.agent_issues);
