import * as z from 'zod';
import { flag, key, numberedKey, text, time, whole } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

const object = z.record(z.string(), z.unknown()).nullish();

/** The runtime policies: rules that act on runs while they run. */
export const policies = {
  name: 'policies',
  view: 'v_policies',
  about: 'A runtime policy: what a running agent may not do, and what happens when it does.',
  path: '/v1/policies',
  shows: { how: 'whole' },
  since: 3,
  key: 'id',
  wire: z.object({
    id: numberedKey.describe('its number'),
    agent_id: key.describe('the agent that it guards; *: all agents'),
    name: text.describe('its name'),
    condition: object.describe('when it acts, as a JSON object with trigger, operator and value'),
    action: object.describe('what it does, as a JSON object with type and params'),
    enabled: flag.describe('1 if it is in force'),
    priority: whole.describe('the lowest acts first'),
    signature: text.describe('its signature; empty: it is not signed'),
    sig_version: whole.describe('the version of the signature'),
    created_at: time.describe('when it was made, in Unix seconds'),
    updated_at: time.describe('when it was last changed, in Unix seconds'),
  }),
} as const satisfies RecordList;
