import * as z from 'zod';
import { coveredFrom } from '../queries/coverage.ts';
import { agentHealth } from '../queries/health.ts';
import { agentPatterns, patternsSince } from '../queries/patterns.ts';
import { patternLines } from '../text/patterns.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentPicture } from './agent-picture.ts';
import { agentIdArgument, clampDays, daysArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { healthObject } from './health-object.ts';
import { patternsObject, patternsShape } from './patterns-object.ts';
import { coverageNotes, windowEnd } from './window.ts';

export const getAgentPatternsTool = defineTool({
  name: 'get_agent_patterns',
  title: 'Failure patterns',
  description:
    "Whether an agent's failures are systemic (recurring) or one-off: how often they fail runs, by type and per day, which inputs trigger them, what new versions changed. One type in depth: get_failure_pattern_detail.",
  input: z.strictObject({ agent_id: agentIdArgument, days: daysArgument(7) }),
  output: patternsShape.extend({ agent_id: z.string() }),
  view: 'agent',
  handler: ({ agent_id: given, days: wanted }, context, { showsPictures }) =>
    askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const { days, notes: clamped } = clampDays(wanted);
      const { now } = time;
      const { end, notes: ended } = windowEnd(freshness, time);
      const patterns = agentPatterns(reader, agentId, { days, end });
      const { structured, notes: left } = patternsObject(patterns);
      const covered = coverageNotes(coveredFrom(reader, agentId), patternsSince(days, end));
      const picture = () => ({
        ...agentPicture(reader, agentId, { days, end }),
        health: healthObject(agentHealth(reader, agentId, end), now),
      });
      return {
        lines: patternLines(agentId, patterns, { covered: freshness.covered, now }),
        structured: { agent_id: agentId, ...structured },
        picture: showsPictures ? picture() : undefined,
        freshness,
        notes: [...clamped, ...ended, ...covered, ...left],
      };
    }),
});
