import * as z from 'zod';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { findRuns } from '../queries/runs.ts';
import { runLines } from '../text/runs.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument, clampLimit, cursorArgument, inputHashArgument, limitArgument } from './arguments.ts';
import { decodeCursor, textId } from './cursor.ts';
import { defineTool } from './define-tool.ts';
import { inputNotes } from './input-note.ts';
import { pageOf, pageShape } from './page.ts';
import { runObject, runShape } from './run-object.ts';

const maxLimit = 100;

export const getAgentRunsTool = defineTool({
  name: 'get_agent_runs',
  title: 'Runs of an agent',
  description:
    "An agent's last runs (executions, sessions), failed or successful, with duration, steps and signals, newest first. Signals and timeline of one: get_run_detail.",
  input: z.strictObject({
    agent_id: agentIdArgument,
    limit: limitArgument(20, maxLimit),
    has_signals: z.boolean().optional().describe('Only runs with (true) or without (false) signals'),
    input_hash: inputHashArgument,
    cursor: cursorArgument,
  }),
  output: z.object({ agent_id: z.string(), items: z.array(runShape), ...pageShape }),
  handler: (args, context, { maxRows }) => {
    const { agent_id: given, limit: wanted, has_signals: hasSignals, input_hash: inputHash, cursor } = args;
    return askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const question = ['get_agent_runs', agentId, hasSignals, inputHash];
      const after = decodeCursor(cursor, question, textId);
      const { limit, notes } = clampLimit(wanted, maxLimit, maxRows);
      const found = findRuns(reader, { agentId, hasSignals, inputHash }, { limit: limit + 1, after });
      const { items, lines, structured } = pageOf(found, limit, question, ({ startedAt, runId }) => [startedAt, runId]);
      const view = { items, total: found.total, covered: freshness.covered, shortRunId: shortRunIds(reader) };
      return {
        lines: [...runLines(agentId, view, time.now), ...lines],
        structured: { agent_id: agentId, items: items.map(runObject), ...structured },
        freshness,
        notes: [...inputNotes(reader, inputHash, agentId), ...notes],
      };
    });
  },
});
