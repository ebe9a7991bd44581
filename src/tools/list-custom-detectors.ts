import * as z from 'zod';
import { recordListsByName } from '../lists/records.ts';
import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import { recordItems } from '../queries/records.ts';
import { chosenAgent } from './about-agent.ts';
import { onlyAgentArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { type Cell, recordsAnswer, recordsShape } from './record-tool.ts';

const { custom_detectors: list } = recordListsByName;

const cells: Cell<z.infer<typeof list.wire>>[] = [
  { title: 'DETECTOR', of: ({ id, name }) => `#${id} ${idText(name ?? '')}` },
  { title: 'AGENT', of: ({ agent_id }) => (agent_id === '*' ? 'all' : idText(agent_id)) },
  { title: 'STATUS', of: ({ status }) => prose(status ?? '?') },
  { title: 'RUNS', of: ({ total_runs }) => String(total_runs ?? '?') },
  { title: 'FIRED ON TRIAL', of: ({ shadow_fire_count }) => String(shadow_fire_count ?? '?') },
  { title: 'LOOKS FOR', of: ({ description }) => prose(cut(description ?? '', 200)) },
];

const made = 'They are made in the Dunetrace dashboard, or with POST /v1/custom-detectors of its API.';

export const listCustomDetectorsTool = defineTool({
  name: 'list_custom_detectors',
  title: 'Custom detectors',
  description:
    "The organisation's own detectors (user-defined rules), of an agent or all: what each looks for, its status (active, shadow: on trial, paused), how often it fired. Their signals: search_signals.",
  needs: 'custom_detectors',
  input: z.strictObject({ agent_id: onlyAgentArgument }),
  output: z.object(recordsShape),
  handler: ({ agent_id: agentId }, { ensure }) =>
    ensure.records(list.name, undefined, (reader, ensured) => {
      const agent = agentId === undefined ? undefined : chosenAgent(reader, agentId);
      const concerns = (id: string) => agent === undefined || id === '*' || id === agent;
      const items = recordItems(reader, list).filter(({ agent_id }) => concerns(agent_id));
      // The name of a detector is the failure type of its signals.
      return { ...recordsAnswer(reader, ensured, list, { items, cells, made }), exact: ['name'] };
    }),
});
