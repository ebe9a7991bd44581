import * as z from 'zod';
import { flag, numberedKey, text, time, whole } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

/** How a policy judged runs: read when a question asks. */
export const policyEvaluations = {
  name: 'policy_evaluations',
  view: 'v_policy_evaluations',
  about: 'A runtime policy that was held against a run.',
  path: (policyId: string) => `/v1/policies/${encodeURIComponent(policyId)}/evaluations`,
  shows: { how: 'newest', by: 'evaluated_at', most: 100 },
  isOnDemand: true,
  since: 3,
  key: 'id',
  wire: z.object({
    id: numberedKey.describe('its number'),
    policy_id: whole.describe('the policy'),
    policy_name: text.describe('its name then'),
    agent_id: text.describe('the agent that ran'),
    run_id: text.describe('the run'),
    trigger: text.describe('what the policy looks at'),
    trigger_matched: flag.describe('1 if it was met'),
    fired: flag.describe('1 if the policy acted'),
    sampled: flag.describe('1 if only some evaluations are kept'),
    reason: text.describe('why it acted, or not'),
    conditions: z.array(z.unknown()).nullish().describe('its further conditions, as a JSON array'),
    evaluated_at: time.describe('when that was, in Unix seconds'),
  }),
} as const satisfies RecordList;
