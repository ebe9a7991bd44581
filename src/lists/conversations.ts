import * as z from 'zod';
import { flag, key, numberedKey, text, time, whole } from '../api/wire.ts';
import type { RecordList } from './record-list.ts';

/** Conversations, each with several runs. */
export const conversations = {
  name: 'conversations',
  view: 'v_conversations',
  about: 'A conversation of an agent with a user, over one run or several.',
  path: '/v1/conversations/search',
  rowsKey: 'conversations',
  shows: { how: 'pages', by: 'last_run_at' },
  written: ['user_id', 'external_id'],
  since: 3,
  key: 'id',
  wire: z.object({
    id: numberedKey.describe('its number; runs have it as conversation_id'),
    agent_id: key.describe('the agent'),
    user_id: text.describe('who talked to it'),
    external_id: text.describe('its id in the system that it comes from'),
    last_run_at: time.describe('its newest run, in Unix seconds'),
    run_count: whole.describe('its runs'),
    has_frustration_signal: flag.describe('1 if a run of it has a signal of a frustrated user'),
  }),
} as const satisfies RecordList;
