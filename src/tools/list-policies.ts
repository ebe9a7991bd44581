import * as z from 'zod';
import { recordListsByName } from '../lists/records.ts';
import { idText } from '../printable.ts';
import { prose } from '../prose.ts';
import { recordItems } from '../queries/records.ts';
import { minute } from '../text/time.ts';
import { chosenAgent } from './about-agent.ts';
import { onlyAgentArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { type Cell, recordsAnswer, recordsShape } from './record-tool.ts';

const { policies, policy_evaluations: evaluations } = recordListsByName;

/** `tool_call_count gt 5`, or what else the condition or action says, as JSON. */
function inWords(part: Record<string, unknown> | null | undefined, names: readonly string[]): string {
  if (!part) return '?';
  const words = names.map((name) => part[name]).filter((word) => word !== undefined && word !== null);
  const isKnown = words.length > 0 && Object.keys(part).every((name) => names.includes(name));
  if (!isKnown) return JSON.stringify(part);
  return words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : String(word))).join(' ');
}

const cells: Cell<z.infer<typeof policies.wire>>[] = [
  { title: 'POLICY', of: ({ id, name }) => `#${id} ${prose(name ?? '')}` },
  { title: 'AGENT', of: ({ agent_id }) => (agent_id === '*' ? 'all' : idText(agent_id)) },
  { title: 'STATE', of: ({ enabled }) => (enabled === false ? 'disabled' : 'enabled') },
  { title: 'PRIORITY', of: ({ priority }) => String(priority ?? '?') },
  { title: 'WHEN', of: ({ condition }) => prose(inWords(condition, ['trigger', 'operator', 'value'])) },
  { title: 'THEN', of: ({ action }) => prose(inWords(action, ['type', 'params'])) },
];

const evaluationCells: Cell<z.infer<typeof evaluations.wire>>[] = [
  { title: 'WHEN', of: ({ evaluated_at }) => (evaluated_at == null ? '?' : minute(evaluated_at)) },
  { title: 'RUN', of: ({ run_id }) => idText(run_id ?? '?') },
  { title: 'AGENT', of: ({ agent_id }) => idText(agent_id ?? '?') },
  { title: 'ACTED', of: ({ fired }) => (fired === true ? 'yes' : 'no') },
  { title: 'REASON', of: ({ reason }) => prose(reason ?? '') },
];

const made =
  'They are made in the Dunetrace dashboard, with POST /v1/policies of its API, or in code (dunetrace://docs/policies).';

export const listPoliciesTool = defineTool({
  name: 'list_policies',
  title: 'Policies',
  description:
    'Runtime policies (guardrails) that guard an agent or all: when each acts and what it does (stop, switch model, ask for approval); with policy_id the runs it judged last. What waits for approval: list_approvals.',
  needs: 'policies',
  input: z.strictObject({
    agent_id: onlyAgentArgument,
    policy_id: z.number().int().positive().optional().describe('Shows how this policy judged runs'),
  }),
  output: z.object(recordsShape),
  handler: ({ agent_id: agentId, policy_id: policyId }, { ensure }) => {
    if (policyId !== undefined)
      return ensure.records(
        evaluations.name,
        () => String(policyId),
        (reader, ensured) => {
          const items = recordItems(reader, evaluations, String(policyId));
          return recordsAnswer(reader, ensured, evaluations, { items, cells: evaluationCells });
        },
      );
    return ensure.records(policies.name, undefined, (reader, ensured) => {
      const agent = agentId === undefined ? undefined : chosenAgent(reader, agentId);
      const concerns = (id: string) => agent === undefined || id === '*' || id === agent;
      const items = recordItems(reader, policies).filter(({ agent_id }) => concerns(agent_id));
      return recordsAnswer(reader, ensured, policies, { items, cells, made });
    });
  },
});
