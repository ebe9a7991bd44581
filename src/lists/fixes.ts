import * as z from 'zod';
import { segment } from '../api/pages.ts';
import { key, numberedKey, text, time, whole } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

/** Fixes that were applied for a signal, and whether they worked. */
export const fixes = {
  name: 'fixes',
  view: 'v_fixes',
  about: 'A fix that was applied for a signal, and what the runs since say of it.',
  path: (agentId: string) => `/v1/agents/${segment(agentId)}/fixes`,
  rowsKey: 'fixes',
  shows: { how: 'newest', by: 'applied_at', most: 100 },
  since: 3,
  key: 'id',
  wire: z.object({
    id: numberedKey.describe('its number'),
    signal_id: whole.describe('the signal that it is for'),
    run_id: text.describe('the run of that signal'),
    failure_type: key.describe('what it mends'),
    severity: text.describe('of the signal'),
    agent_version: text.describe('of the signal'),
    fix_type: text.describe('what kind of fix it is'),
    applied_via: text.describe('how it was applied'),
    langfuse_prompt_name: text.describe('the prompt in Langfuse that it changed'),
    langfuse_version: z.unknown().optional().describe('the version of that prompt'),
    applied_at: time.describe('when it was applied, in Unix seconds'),
    runs_after: whole.describe('the runs since'),
    recurrences_after: whole.describe('how many of them failed in the same way'),
    verdict: text.describe('verified, likely_fixed, still_occurring or insufficient_data'),
  }),
} as const satisfies RecordList;
