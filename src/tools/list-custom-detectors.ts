import { recordListsByName } from '../lists/records.ts';
import { cut, idText, printable } from '../printable.ts';
import { recordTool } from './record-tool.ts';

export const listCustomDetectorsTool = recordTool({
  name: 'list_custom_detectors',
  title: 'Custom detectors',
  description:
    "The organisation's own detectors, of an agent or all: what each looks for, whether it is active, on trial (shadow) or paused, and how often it fired. It only reads. For their signals use search_signals; for guardrails list_policies.",
  list: recordListsByName.custom_detectors,
  cells: [
    { title: 'DETECTOR', of: ({ id, name }) => `#${id} ${idText(name ?? '')}` },
    { title: 'AGENT', of: ({ agent_id }) => (agent_id === '*' ? 'all' : idText(agent_id)) },
    { title: 'STATUS', of: ({ status }) => idText(status ?? '?') },
    { title: 'RUNS', align: 'right', of: ({ total_runs }) => String(total_runs ?? '?') },
    { title: 'FIRED ON TRIAL', align: 'right', of: ({ shadow_fire_count }) => String(shadow_fire_count ?? '?') },
    { title: 'LOOKS FOR', of: ({ description }) => cut(printable(description ?? ''), 200) },
  ],
});
