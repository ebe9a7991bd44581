import * as z from 'zod';
import { isoTime, key, numberedKey, text } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

/** What agents asked people to approve. */
export const approvals = {
  name: 'approvals',
  view: 'v_approvals',
  about: 'A tool call that waited, or waits, for the approval of a person.',
  path: '/v1/approvals',
  shows: { how: 'newest', by: 'requested_at', most: 100 },
  written: ['tool_args', 'decided_by', 'note'],
  since: 3,
  key: 'id',
  wire: z.object({
    id: numberedKey.describe('its number'),
    org_id: text.describe('the organisation'),
    run_id: text.describe('the run that asked'),
    agent_id: key.describe('the agent that ran'),
    tool_name: text.describe('the tool that it wants to call'),
    tool_args: text.describe('the arguments of the call'),
    status: text.describe('pending, granted, denied or timeout'),
    requested_at: isoTime.describe('when it asked, in Unix seconds'),
    expires_at: isoTime.describe('until when an answer counts, in Unix seconds'),
    decided_at: isoTime.describe('when it was decided, in Unix seconds'),
    decided_by: text.describe('who decided'),
    decision_channel: text.describe('where'),
    note: text.describe('what they wrote'),
  }),
} as const satisfies RecordList;
