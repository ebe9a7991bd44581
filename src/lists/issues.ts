import * as z from 'zod';
import { segment } from '../api/pages.ts';
import { flag, key, numberedKey, text, time, whole } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

/** What is wrong with an agent, over many runs: one row for each failure type. */
export const issues = {
  name: 'issues',
  view: 'v_issues',
  about: 'An issue: a failure type of an agent, from its first signal until it stays away.',
  path: '/v1/issues/search',
  rowsKey: 'issues',
  shows: { how: 'pages', by: 'last_seen' },
  followsSignals: true,
  written: ['resolution_notes'],
  since: 3,
  key: 'id',
  wire: z.object({
    id: numberedKey.describe('its number'),
    agent_id: key.describe('the agent that it is of'),
    failure_type: key.describe('what fails'),
    status: text.describe('open, resolved or reopened'),
    first_seen: time.describe('its first signal, in Unix seconds'),
    last_seen: time.describe('its newest signal, in Unix seconds'),
    resolved_at: time.describe('when it counted as resolved, in Unix seconds'),
    affected_runs: whole.describe('the runs that had it'),
    clean_runs_since: whole.describe('the runs since its newest signal that did not have it'),
    resolution_notes: text.describe('what somebody wrote when resolving it'),
    manually_resolved: flag.describe('1 if somebody resolved it by hand'),
  }),
} as const satisfies RecordList;

/** The same of one agent, for an API that has no list of them all. */
export const agentIssues = {
  ...issues,
  name: 'agent_issues',
  view: 'v_agent_issues',
  about: 'An issue, from an API that has the issues of each agent only.',
  path: (agentId: string) => `/v1/agents/${segment(agentId)}/issues`,
  shows: { how: 'whole' },
  followsSignals: false,
  insteadOf: 'issues',
} as const satisfies RecordList;
