import * as z from 'zod';
import { recordListsByName } from '../lists/records.ts';
import { idText } from '../printable.ts';
import { prose } from '../prose.ts';
import { recordItems } from '../queries/records.ts';
import { minute } from '../text/time.ts';
import { realId } from './about-agent.ts';
import { agentIdArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { type Cell, recordsAnswer, recordsShape } from './record-tool.ts';

const { fixes: list } = recordListsByName;

export type Fix = z.infer<typeof list.wire>;

/** What the runs since say of a fix, with how many they are. */
export function verdictText({ verdict, runs_after, recurrences_after }: Fix): string {
  return `${prose((verdict ?? '?').replaceAll('_', ' '))} (${recurrences_after ?? '?'} of ${runs_after ?? '?'} runs since failed so)`;
}

const cells: Cell<Fix>[] = [
  { title: 'FIX', of: ({ id }) => `#${id}` },
  { title: 'FAILURE TYPE', of: ({ failure_type }) => idText(failure_type) },
  { title: 'SIGNAL', of: ({ signal_id }) => `#${signal_id ?? '?'}` },
  { title: 'APPLIED', of: ({ applied_at }) => (applied_at == null ? '?' : minute(applied_at)) },
  { title: 'HOW', of: ({ fix_type, applied_via }) => `${prose(fix_type ?? '?')} via ${prose(applied_via ?? '?')}` },
  { title: 'VERDICT', of: verdictText },
];

export const listAgentFixesTool = defineTool({
  name: 'list_agent_fixes',
  title: 'Fixes of an agent',
  description:
    'Fixes that were applied for an agent, newest first, and whether each worked: verified, likely fixed, still occurring, too few runs since. One signal: get_fix_status.',
  needs: 'fixes',
  input: z.strictObject({ agent_id: agentIdArgument }),
  output: z.object(recordsShape),
  handler: ({ agent_id: given }, { ensure }) =>
    ensure.records(
      list.name,
      (reader) => realId(reader, given),
      (reader, ensured) => {
        const items = recordItems(reader, list, realId(reader, given));
        return recordsAnswer(reader, ensured, list, { items, cells });
      },
    ),
});
