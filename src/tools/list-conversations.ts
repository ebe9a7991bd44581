import * as z from 'zod';
import { recordListsByName } from '../lists/records.ts';
import { idOf, idText } from '../printable.ts';
import { recordItems } from '../queries/records.ts';
import { standInOf } from '../queries/texts.ts';
import { minute } from '../text/time.ts';
import { chosenAgent } from './about-agent.ts';
import { clampLimit, cursorArgument, limitArgument, onlyAgentArgument, text } from './arguments.ts';
import { decodeCursor, numberId, type Position } from './cursor.ts';
import { defineTool } from './define-tool.ts';
import { pageOf, pageShape } from './page.ts';
import { type Cell, recordsAnswer, recordsShape } from './record-tool.ts';

const { conversations: list } = recordListsByName;
const maxLimit = 100;

const cells: Cell<z.infer<typeof list.wire>>[] = [
  { title: 'CONVERSATION', of: ({ id }) => `#${id}` },
  { title: 'AGENT', of: ({ agent_id }) => idText(agent_id) },
  { title: 'RUNS', of: ({ run_count }) => String(run_count ?? '?') },
  { title: 'LAST RUN', of: ({ last_run_at }) => (last_run_at == null ? '?' : minute(last_run_at)) },
  { title: 'USER', of: ({ user_id }) => idText(user_id ?? '-') },
  { title: 'FRUSTRATED', of: ({ has_frustration_signal }) => (has_frustration_signal === true ? 'yes' : '-') },
];

/** Whether it comes after a position, in the order of `recordItems`: the row that was there may have moved, or be gone. */
function isBelow({ id, last_run_at }: z.infer<typeof list.wire>, [time, last]: Position<number>): boolean {
  const [at, from] = [last_run_at ?? -1, time ?? -1];
  return at < from || (at === from && String(id) > String(last));
}

export const listConversationsTool = defineTool({
  name: 'list_conversations',
  title: 'Conversations',
  description:
    'Conversations (chats, threads) of agents with users, latest first, of an agent or a user: their runs, and whether the user was frustrated. One in full: get_conversation.',
  needs: 'conversations',
  input: z.strictObject({
    agent_id: onlyAgentArgument,
    user_id: text().optional().describe("The user's plain id"),
    limit: limitArgument(20, maxLimit),
    cursor: cursorArgument,
  }),
  output: z.object({ ...recordsShape, ...pageShape }),
  handler: ({ agent_id: agentId, user_id: userId, limit: wanted, cursor }, { ensure }, { maxRows }) =>
    ensure.records(list.name, undefined, (reader, ensured) => {
      const question = ['list_conversations', agentId, userId];
      const after = decodeCursor(cursor, question, numberId);
      const { limit, notes } = clampLimit(wanted, maxLimit, maxRows);
      const agent = agentId === undefined ? undefined : chosenAgent(reader, agentId);
      const user = userId === undefined ? [] : [userId, idOf(userId), standInOf(reader, userId)];
      const found = recordItems(reader, list).filter(
        (one) =>
          (agent === undefined || one.agent_id === agent) && (userId === undefined || user.includes(one.user_id ?? '')),
      );
      const left = found.filter((one) => after === undefined || isBelow(one, after)).slice(0, limit + 1);
      const page = pageOf({ items: left, total: found.length }, limit, question, (one) => [
        one.last_run_at ?? null,
        one.id,
      ]);
      const answer = recordsAnswer(reader, ensured, list, { items: page.items, cells });
      return {
        ...answer,
        lines: [...answer.lines, ...page.lines],
        structured: { ...answer.structured, ...page.structured },
        notes,
      };
    }),
});
