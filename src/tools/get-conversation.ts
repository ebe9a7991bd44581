import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { findConversation } from '../queries/conversation.ts';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { createBriefs } from '../text/brief.ts';
import { conversationLines } from '../text/conversation.ts';
import { defineTool } from './define-tool.ts';
import { shownRow } from './record-tool.ts';
import { signalObject, signalShape } from './signal-object.ts';

/** How many runs of a conversation an answer has. */
const maxRuns = 50;

export const getConversationTool = defineTool({
  name: 'get_conversation',
  title: 'Conversation in full',
  description:
    'What a conversation (chat) went through: its runs in order, with their signals. Ids: list_conversations. One run: get_run_detail.',
  needs: 'conversations',
  input: z.strictObject({ conversation_id: z.number().int().positive().describe('From list_conversations') }),
  output: z.object({
    conversation: z.record(z.string(), z.unknown()).optional(),
    runs: z.array(z.object({ run_id: z.string(), exit_reason: z.string().optional(), signals: z.array(signalShape) })),
    runs_total: z.number(),
  }),
  handler: ({ conversation_id: id }, { ensure }) =>
    ensure.records(
      'conversation_runs',
      () => String(id),
      (reader, { freshness, time }) => {
        const found = findConversation(reader, id, maxRuns);
        const { conversation, runs, total } = found;
        if (!conversation && total === 0)
          throw new UsageError(
            `There is no conversation #${id} in the mirror. list_conversations lists those that there are.`,
          );
        const { briefOf } = createBriefs();
        return {
          lines: conversationLines(id, { ...found, shortRunId: shortRunIds(reader) }, time.now),
          structured: {
            ...(conversation ? { conversation: shownRow(conversation) } : {}),
            runs: runs.map(({ runId, run, signals }) => ({
              run_id: runId,
              ...(run?.exitReason ? { exit_reason: run.exitReason } : {}),
              signals: signals.map((signal) => signalObject(signal, briefOf(signal), { run: false })),
            })),
            runs_total: total,
          },
          freshness,
        };
      },
    ),
});
