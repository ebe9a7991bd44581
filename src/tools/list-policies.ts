import { recordListsByName } from '../lists/records.ts';
import { idText } from '../printable.ts';
import { recordTool } from './record-tool.ts';

/** `tool_call_count gt 5`, or what else the condition or action says, as JSON. */
function inWords(part: Record<string, unknown> | null | undefined, names: readonly string[]): string {
  if (!part) return '?';
  const words = names.map((name) => part[name]).filter((word) => word !== undefined && word !== null);
  const isKnown = words.length > 0 && Object.keys(part).every((name) => names.includes(name));
  return isKnown
    ? words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : String(word))).join(' ')
    : JSON.stringify(part);
}

export const listPoliciesTool = recordTool({
  name: 'list_policies',
  title: 'Runtime policies',
  description:
    'The runtime policies (guardrails) that guard an agent or all: when each acts, what it does (stop, switch model, ask for approval), whether it is enabled. It only reads. For detectors of the organisation use list_custom_detectors.',
  list: recordListsByName.policies,
  cells: [
    { title: 'POLICY', of: ({ id, name }) => `#${id} ${idText(name ?? '')}` },
    { title: 'AGENT', of: ({ agent_id }) => (agent_id === '*' ? 'all' : idText(agent_id)) },
    { title: 'STATE', of: ({ enabled }) => (enabled === false ? 'disabled' : 'enabled') },
    { title: 'PRIORITY', align: 'right', of: ({ priority }) => String(priority ?? '?') },
    { title: 'WHEN', of: ({ condition }) => inWords(condition, ['trigger', 'operator', 'value']) },
    { title: 'THEN', of: ({ action }) => inWords(action, ['type', 'params']) },
  ],
});
