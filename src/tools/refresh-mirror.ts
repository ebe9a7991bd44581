import * as z from 'zod';
import { UnansweredError, UsageError } from '../errors.ts';
import { movingLists } from '../lists/names.ts';
import { progressWords } from '../text/progress.ts';
import { refreshLines } from '../text/refresh.ts';
import { nextStep, realId, unknownAgent } from './about-agent.ts';
import { onlyAgentArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';

export const refreshMirrorTool = defineTool({
  name: 'refresh_mirror',
  title: 'Refresh the mirror',
  description:
    'Syncs the mirror with the API now, for all agents or one, with progress. Seldom needed: a poller does it, and stale answers refresh what they need. Its state: get_mirror_status.',
  isLive: true,
  input: z.strictObject({ agent_id: onlyAgentArgument }),
  output: z.object({
    agents: z.number(),
    ...Object.fromEntries(movingLists.map((list) => [`new_${list}`, z.number()])),
    requests: z.number(),
    seconds: z.number(),
    skipped_rows: z.int().optional(),
    not_read: z.array(z.object({ agent_id: z.string().optional(), list: z.string(), message: z.string() })).optional(),
  }),
  handler: async ({ agent_id: given }, { ensure, clock }, { signal, onProgress }) => {
    const agentId = given === undefined ? undefined : realId(await ensure.reader(), given);
    onProgress({ progress: 0, message: 'asking the Customer API' });
    let waits = 0;
    const refreshed = await ensure.refresh(agentId, {
      signal,
      onProgress: ({ waiting, ...far }) => {
        const seconds = waiting ? (waiting.until - clock.monotonic()) / 1000 : 0;
        const wait = waiting && seconds > 0 ? { seconds, why: waiting.why } : undefined;
        // A wait brings no rows, and the protocol wants progress that grows.
        if (wait) waits += 1;
        onProgress({
          progress: far.rows + waits / 1000,
          total: Math.max(far.rows, far.rowsTotal) + waits / 1000,
          message: progressWords({ ...far, waiting: wait }),
        });
      },
    });
    const { passed, trouble, freshness } = refreshed;
    if (!passed) {
      if (agentId !== undefined && (trouble?.kind === 'not_found' || trouble?.kind === 'left_out'))
        throw new UsageError(unknownAgent(await ensure.reader(), agentId, refreshed));
      throw new UnansweredError(
        `The refresh failed; the mirror keeps what it had. ${trouble ? nextStep(trouble) : ''}`.trim(),
      );
    }
    const { failures } = passed;
    return {
      lines: refreshLines(passed),
      structured: {
        agents: passed.agents,
        ...Object.fromEntries(movingLists.map((list) => [`new_${list}`, passed.added[list]])),
        requests: passed.requests,
        seconds: Math.round(passed.seconds * 1000) / 1000,
        ...(passed.badRows === 0 ? {} : { skipped_rows: passed.badRows }),
        ...(failures.length === 0
          ? {}
          : {
              not_read: failures.map(({ agentId: id, list, message }) => ({
                ...(id === null ? {} : { agent_id: id }),
                list,
                message,
              })),
            }),
      },
      freshness,
    };
  },
});
