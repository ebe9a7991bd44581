import * as z from 'zod';
import { agentChanges, changesSince } from '../queries/agent-changes.ts';
import { findAgent } from '../queries/agents.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { agentHealth } from '../queries/health.ts';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { countRuns } from '../queries/runs.ts';
import { findExplainedSignals } from '../queries/signals.ts';
import { typesEver } from '../queries/type-counts.ts';
import { createBriefs } from '../text/brief.ts';
import { summaryLines } from '../text/summary.ts';
import { second } from '../text/time.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentPicture } from './agent-picture.ts';
import { agentIdArgument } from './arguments.ts';
import { changesObject, changesShape, versionFields } from './changes-object.ts';
import { defineTool } from './define-tool.ts';
import { healthObject, healthShape } from './health-object.ts';
import { signalObject, signalShape } from './signal-object.ts';
import { coverageNotes, windowEnd } from './window.ts';

const recentSignals = 3;
/** How many failure types structured content lists. */
const maxTypes = 50;
/** How many days the picture shows: as many as the health score covers. */
const pictureDays = 30;

export const summarizeAgentTool = defineTool({
  name: 'summarize_agent',
  title: 'Agent at a glance',
  description:
    'Overview of an agent: what changed (last 7 days, newest version), health score, failures, latest signals with fixes. Read it before you dig deeper: get_agent_patterns shows what is systemic, get_signal_detail evidence and fix code.',
  input: z.strictObject({ agent_id: agentIdArgument }),
  output: z.object({
    agent_id: z.string(),
    changes: changesShape,
    last_seen: z.string().optional(),
    run_count: z.number(),
    signal_count: z.number(),
    api_run_count: z.number().optional(),
    api_signal_count: z.number().optional(),
    failure_breakdown: z.array(z.object({ failure_type: z.string(), signals: z.number(), affected_runs: z.number() })),
    /** The total, if there are more than the answer lists. */
    failure_types_total: z.number().optional(),
    recent_signals: z.array(signalShape.extend({ why_it_matters: z.string().optional() })),
    health: healthShape,
  }),
  view: 'agent',
  handler: ({ agent_id: given }, context, { showsPictures }) =>
    askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const { now } = time;
      const { end, notes } = windowEnd(freshness, time);
      const health = agentHealth(reader, agentId, end);
      const { items: recent, total: signals } = findExplainedSignals(reader, { agentId }, { limit: recentSignals });
      const changes = agentChanges(reader, agentId, end);
      const types = typesEver(reader, agentId);
      const runs = countRuns(reader, { agentId });
      const agent = findAgent(reader, agentId);
      const lastSeen = agent?.lastSeen ?? null;
      const api = { runs: agent?.runCount ?? runs, signals: agent?.signalCount ?? signals };
      const { briefOf } = createBriefs({ withImpact: true });
      return {
        lines: summaryLines(
          {
            agentId,
            lastSeen,
            changes,
            health,
            runs,
            signals,
            api,
            types,
            recent,
            shortRunId: shortRunIds(reader),
          },
          now,
        ),
        structured: {
          agent_id: agentId,
          changes: changesObject(changes),
          ...(lastSeen === null ? {} : { last_seen: second(lastSeen) }),
          run_count: runs,
          signal_count: signals,
          ...(api.runs === runs ? {} : { api_run_count: api.runs }),
          ...(api.signals === signals ? {} : { api_signal_count: api.signals }),
          failure_breakdown: types.slice(0, maxTypes).map((type) => ({
            failure_type: type.failureType,
            signals: type.signals,
            affected_runs: type.affectedRuns,
          })),
          ...(types.length > maxTypes ? { failure_types_total: types.length } : {}),
          recent_signals: recent.map((signal) => {
            const said = briefOf(signal);
            const impact = said.impact === undefined ? {} : { why_it_matters: said.impact };
            return { ...signalObject(signal, said, { run: true }), ...impact };
          }),
          health: healthObject(health, now),
        },
        picture: showsPictures ? agentPicture(reader, agentId, { days: pictureDays, end }) : undefined,
        freshness,
        notes: [...notes, ...coverageNotes(coveredFrom(reader, agentId), changesSince(end))],
        exact: versionFields,
      };
    }),
});
