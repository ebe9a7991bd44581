import * as z from 'zod';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { countSignals, findExplainedSignals } from '../queries/signals.ts';
import { createBriefs } from '../text/brief.ts';
import { agentSignalLines } from '../text/signals.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument, clampLimit, cursorArgument, limitArgument, severityArgument } from './arguments.ts';
import { decodeCursor, numberId } from './cursor.ts';
import { defineTool } from './define-tool.ts';
import { pageOf, pageShape } from './page.ts';
import { signalObject, signalShape } from './signal-object.ts';

const maxLimit = 100;

export const getAgentSignalsTool = defineTool({
  name: 'get_agent_signals',
  title: 'Signals of an agent',
  description:
    'What went wrong with an agent: its recent failure signals with explanation and top fix, newest first. Other filters, full text, all agents: search_signals; one signal in full: get_signal_detail.',
  input: z.strictObject({
    agent_id: agentIdArgument,
    limit: limitArgument(20, maxLimit),
    severity: severityArgument,
    cursor: cursorArgument,
  }),
  output: z.object({ agent_id: z.string(), items: z.array(signalShape), ...pageShape }),
  handler: ({ agent_id: given, limit: wanted, severity, cursor }, context, { maxRows }) =>
    askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const question = ['get_agent_signals', agentId, severity];
      const { limit, notes } = clampLimit(wanted, maxLimit, maxRows);
      const after = decodeSignalCursor(cursor, question);
      const found = findExplainedSignals(reader, { agentId, severity }, { limit: limit + 1, after });
      const { items, lines, structured } = pageOf(found, limit, question, ({ detectedAt, id }) => [detectedAt, id]);
      const mirrored = found.total || countSignals(reader, { agentId });
      const shortRunId = shortRunIds(reader);
      const view = { items, total: found.total, mirrored, covered: freshness.covered, shortRunId };
      const { briefOf } = createBriefs();
      return {
        lines: [...agentSignalLines(agentId, view, time.now), ...lines],
        structured: {
          agent_id: agentId,
          items: items.map((signal) => signalObject(signal, briefOf(signal), { run: true })),
          ...structured,
        },
        freshness,
        notes,
      };
    }),
});

/** Where a list of signals continues; every signal has a time. */
export function decodeSignalCursor(cursor: string | undefined, question: readonly unknown[]) {
  const position = decodeCursor(cursor, question, numberId);
  return position && ([position[0] ?? 0, position[1]] as const);
}
