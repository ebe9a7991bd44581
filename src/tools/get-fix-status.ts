import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { recordListsByName } from '../lists/records.ts';
import { recordItems } from '../queries/records.ts';
import { findSignal } from '../queries/signals.ts';
import { minute } from '../text/time.ts';
import { realId } from './about-agent.ts';
import { signalIdArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { verdictText } from './list-agent-fixes.ts';
import { recordsAnswer, shownRow } from './record-tool.ts';

const { fixes: list } = recordListsByName;

export const getFixStatusTool = defineTool({
  name: 'get_fix_status',
  title: 'Did the fix work?',
  description:
    'Did my fix (patch) work? Whether a signal is gone in the runs since its fix was applied. All fixes of an agent: list_agent_fixes; rates by version: compare_versions.',
  needs: 'fixes',
  input: z.strictObject({ signal_id: signalIdArgument, agent_id: text().optional().describe('Its agent, if known') }),
  output: z.object({ signal_id: z.number(), fix: z.record(z.string(), z.unknown()).optional(), offered: z.boolean() }),
  handler: async ({ signal_id: signalId, agent_id: agentId }, { ensure }) => {
    const owner = await ensure.signal(
      signalId,
      agentId === undefined ? undefined : (reader) => realId(reader, agentId),
      (reader) => ownerOf(reader, signalId),
    );
    return ensure.records(
      list.name,
      () => owner,
      (reader, ensured) => {
        const fix = recordItems(reader, list, owner).find((one) => one.signal_id === signalId);
        const { structured, lines } = recordsAnswer(reader, ensured, list, { items: [], cells: [] });
        if (!fix)
          return {
            lines: structured.offered ? [`No fix was applied for signal #${signalId}.`] : lines,
            structured: { signal_id: signalId, offered: structured.offered },
            freshness: ensured.freshness,
          };
        const applied = fix.applied_at == null ? '?' : minute(fix.applied_at);
        return {
          lines: [`Signal #${signalId}: a fix was applied ${applied}.`, `Verdict: ${verdictText(fix)}`],
          structured: { signal_id: signalId, fix: shownRow(fix), offered: true },
          freshness: ensured.freshness,
        };
      },
    );
  },
});

function ownerOf(reader: Reader, signalId: number): string {
  const signal = findSignal(reader, signalId);
  if (signal) return signal.agentId;
  throw new UsageError(`There is no signal #${signalId}. Find it with search_signals.`);
}
