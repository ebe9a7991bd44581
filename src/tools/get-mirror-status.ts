import * as z from 'zod';
import { eachList, movingLists } from '../lists/names.ts';
import { type ListStatus, mirrorStatus, rowsOf } from '../queries/status.ts';
import { mirrorLines, sizeWarning } from '../text/status.ts';
import { second } from '../text/time.ts';
import { defineTool } from './define-tool.ts';

/** How many agents an answer names; the rest are counted. */
const maxAgents = 100;

const listShape = z.object({
  rows: z.number(),
  /** `all`, or the time since which nothing is missing except `unread` rows. */
  covered_from: z.string().optional(),
  /** Rows of the API's list that can't be read. */
  unread: z.number().optional(),
  error: z.string().optional(),
});

const totalShapes = Object.fromEntries(movingLists.map((list) => [`${list}_total`, z.number()]));

/** A list with rows that can't be read is never called `all`. */
function coverage({ coveredFrom, unread }: { coveredFrom: number | null; unread: number }): { covered_from?: string } {
  if (coveredFrom === null || (coveredFrom === 0 && unread > 0)) return {};
  return { covered_from: coveredFrom === 0 ? 'all' : second(coveredFrom) };
}

export const getMirrorStatusTool = defineTool({
  name: 'get_mirror_status',
  title: 'State of the mirror',
  description:
    'The local mirror (cache) itself: file, size, API, last sync and error, who polls, how much of each agent is mirrored. To bring it up to date: refresh_mirror.',
  input: z.strictObject({}),
  output: z.object({
    file: z.string(),
    bytes: z.number(),
    /** Set when the file has grown large. */
    warning: z.string().optional(),
    api_url: z.string(),
    schema_version: z.number(),
    only_agents: z.string().optional(),
    last_pass: z.string().optional(),
    last_error: z.object({ message: z.string(), at: z.string().optional() }).optional(),
    poller: z.object({ pid: z.number(), host: z.string(), since: z.string() }).optional(),
    agents_total: z.number(),
    ...totalShapes,
    /** The small lists that the API has, with their rows. */
    also: z.record(z.string(), z.number()),
    agents: z.array(z.object({ agent_id: z.string(), gone: z.boolean().optional(), ...eachList(() => listShape) })),
  }),
  handler: (_, { ensure, clock }) =>
    ensure.asItIs((reader, { freshness }) => {
      const now = clock.now();
      const mirror = mirrorStatus(reader, now);
      const warning = sizeWarning(mirror.bytes);
      const { agents, poller, lastError, lastPassCompletedAt } = mirror;
      const listObject = ({ rows, coveredFrom, unread, error }: ListStatus) => ({
        rows,
        ...coverage({ coveredFrom, unread }),
        ...(unread === 0 ? {} : { unread }),
        ...(error === null ? {} : { error }),
      });
      return {
        lines: mirrorLines(reader.file, mirror, now, maxAgents),
        structured: {
          file: reader.file,
          bytes: mirror.bytes,
          ...(warning === undefined ? {} : { warning }),
          api_url: mirror.apiUrl,
          schema_version: mirror.schemaVersion,
          ...(mirror.onlyAgents === null ? {} : { only_agents: mirror.onlyAgents }),
          ...(lastPassCompletedAt === null ? {} : { last_pass: second(lastPassCompletedAt) }),
          ...(lastError
            ? {
                last_error: {
                  message: lastError.message,
                  ...(lastError.at === null ? {} : { at: second(lastError.at) }),
                },
              }
            : {}),
          ...(poller ? { poller: { pid: poller.pid, host: poller.host, since: second(poller.since) } } : {}),
          agents_total: agents.length,
          ...Object.fromEntries(movingLists.map((list) => [`${list}_total`, rowsOf(mirror, list)])),
          also: Object.fromEntries(
            mirror.recordLists.filter(({ isMissing }) => !isMissing).map(({ list, rows }) => [list, rows]),
          ),
          agents: agents.slice(0, maxAgents).map(({ agentId, gone, lists }) => ({
            agent_id: agentId,
            ...(gone ? { gone } : {}),
            ...eachList((list) => listObject(lists[list])),
          })),
        },
        freshness: { ...freshness, texts: mirror.texts },
        next: freshness.stale ? [{ tool: 'refresh_mirror', arguments: {} }] : [],
      };
    }),
});
