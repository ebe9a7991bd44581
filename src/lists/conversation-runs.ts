import * as z from 'zod';
import { key, text, time } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

/** The runs of a conversation: read when a question asks. */
export const conversationRuns = {
  name: 'conversation_runs',
  view: 'v_conversation_runs',
  about: 'A run of a conversation that somebody asked about.',
  path: (conversationId: string) => `/v1/conversations/${encodeURIComponent(conversationId)}`,
  rowsKey: 'runs',
  shows: { how: 'whole' },
  isOnDemand: true,
  ownerColumn: 'conversation_id',
  since: 3,
  key: 'run_id',
  wire: z.object({
    run_id: key.describe('the run'),
    agent_version: text.describe("the agent's version"),
    started_at: time.describe('when it began, in Unix seconds'),
  }),
} as const satisfies RecordList;
