import * as z from 'zod';
import { recordListsByName } from '../lists/records.ts';
import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import { recordItems } from '../queries/records.ts';
import { minute } from '../text/time.ts';
import { chosenAgent } from './about-agent.ts';
import { clampLimit, limitArgument, onlyAgentArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { type Cell, recordsAnswer, recordsShape } from './record-tool.ts';

const { approvals: list } = recordListsByName;
const maxLimit = 100;

const cells: Cell<z.infer<typeof list.wire>>[] = [
  { title: 'APPROVAL', of: ({ id, status }) => `#${id} ${prose(status ?? '?')}` },
  { title: 'AGENT', of: ({ agent_id }) => idText(agent_id) },
  { title: 'RUN', of: ({ run_id }) => idText(run_id ?? '?') },
  { title: 'TOOL', of: ({ tool_name }) => prose(tool_name ?? '?') },
  { title: 'ASKED', of: ({ requested_at }) => (requested_at == null ? '?' : minute(requested_at)) },
  { title: 'BY', of: ({ decided_by }) => prose(cut(decided_by ?? '-', 60)) },
];

export const listApprovalsTool = defineTool({
  name: 'list_approvals',
  title: 'Approvals',
  description:
    'Tool calls of agents that wait, or waited, for the approval (permission) of a person, newest first. To decide use the dashboard. The policies that ask for it: list_policies.',
  needs: 'approvals',
  input: z.strictObject({
    status: text().optional().describe('pending, granted, denied or timeout'),
    agent_id: onlyAgentArgument,
    limit: limitArgument(20, maxLimit),
  }),
  output: z.object(recordsShape),
  handler: ({ status, agent_id: agentId, limit: wanted }, { ensure }, { maxRows }) =>
    ensure.records(list.name, undefined, (reader, ensured) => {
      const { limit, notes } = clampLimit(wanted, maxLimit, maxRows);
      const agent = agentId === undefined ? undefined : chosenAgent(reader, agentId);
      const found = recordItems(reader, list).filter(
        (one) =>
          (status === undefined || one.status === status.trim().toLowerCase()) &&
          (agent === undefined || one.agent_id === agent),
      );
      const view = { items: found.slice(0, limit), cells, total: found.length };
      return { ...recordsAnswer(reader, ensured, list, view), notes };
    }),
});
