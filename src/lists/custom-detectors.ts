import * as z from 'zod';
import { isoTime, key, numberedKey, text, whole } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

/** The detectors that an organisation has made itself. */
export const customDetectors = {
  name: 'custom_detectors',
  view: 'v_custom_detectors',
  about: 'A detector that the organisation has made itself.',
  path: '/v1/custom-detectors',
  shows: { how: 'whole' },
  since: 3,
  key: 'id',
  wire: z.object({
    id: numberedKey.describe('its number'),
    agent_id: key.describe('the agent whose runs it looks at; *: all agents'),
    name: text.describe('the failure type of its signals'),
    description: text.describe('what it looks for'),
    config: z.record(z.string(), z.unknown()).nullish().describe('its conditions and severity, as a JSON object'),
    status: text.describe('active; shadow: on trial, without signals in counts; paused'),
    created_at: isoTime.describe('when it was made, in Unix seconds'),
    total_runs: whole.describe('the runs that it has looked at'),
    shadow_fire_count: whole.describe('how often it fired on trial'),
  }),
} as const satisfies RecordList;
