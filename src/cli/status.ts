import { readConfig } from '../config.ts';
import { openReader } from '../db/open.ts';
import { usedBytes } from '../db/size.ts';
import { type ExitCode, exitCodes, MirrorError } from '../errors.ts';
import { eachList } from '../lists/names.ts';
import { type ListStatus, type MirrorStatus, mirrorStatus } from '../queries/status.ts';
import { isFresh } from '../sync/freshness.ts';
import { quotaNote } from '../sync/quota.ts';
import { checkReachability } from '../sync/reachability.ts';
import { type StatusView, sizeWarning, statusLines } from '../text/status.ts';
import { iso } from '../text/time.ts';
import type { Io } from './io.ts';

/** Nothing polls, and polls were missed already: a mirror that was just synced by hand is as good as one that is polled. */
function isLeftAlone({ poller, lastPassBeganAt }: MirrorStatus, now: number, pollMs: number): boolean {
  return poller === null && !isFresh({ syncedAt: lastPassBeganAt }, now, pollMs);
}

/** `dunetrace-mcp status`: what the mirror holds, how old it is, and whether the API is there; it fails when nothing polls. */
export async function status(io: Io, options: { json?: boolean }): Promise<ExitCode> {
  const { clock, random, stdout } = io;
  const config = readConfig(io.surroundings);
  const now = clock.now();
  let mirror: MirrorStatus | null = null;
  let full: string | undefined;
  try {
    const reader = openReader(config.dbFile, config);
    mirror = mirrorStatus(reader, now);
    full = quotaNote(usedBytes(reader), config.maxBytes);
    reader.close();
  } catch (error) {
    if (!(error instanceof MirrorError) || error.kind !== 'missing') throw error;
  }
  const api = await checkReachability(config, { clock, random });
  const leftAlone = mirror !== null && isLeftAlone(mirror, now, config.pollMs);
  const view: StatusView = { file: config.dbFile, mirror, apiUrl: config.apiUrl, api, leftAlone, full };
  stdout.write(`${options.json ? JSON.stringify(statusObject(view)) : statusLines(view, now).join('\n')}\n`);
  return leftAlone ? exitCodes.partial : exitCodes.done;
}

function statusObject({ file, mirror, apiUrl, api, leftAlone, full }: StatusView) {
  const warning = full ?? sizeWarning(mirror?.bytes ?? 0);
  const time = (at: number | null | undefined) => (at == null ? null : iso(at));
  return {
    file,
    bytes: mirror?.bytes ?? 0,
    ...(warning === undefined ? {} : { warning }),
    api_url: apiUrl,
    api_reachable: api.reachable,
    ...(api.reachable ? {} : { api_error: api.error.message }),
    left_alone: leftAlone,
    last_pass: time(mirror?.lastPassCompletedAt),
    last_error: mirror?.lastError ? { message: mirror.lastError.message, at: time(mirror.lastError.at) } : null,
    poller: mirror?.poller
      ? { pid: mirror.poller.pid, host: mirror.poller.host, since: time(mirror.poller.since) }
      : null,
    unread: (mirror?.unread ?? []).map(unreadObject),
    agents: (mirror?.agents ?? []).map((agent) => ({
      agent_id: agent.agentId,
      gone: agent.gone,
      ...eachList((list) => listObject(agent.lists[list])),
    })),
  };
}

/** A list of which not all can be read, as `status` and `sync` print it. */
export const unreadObject = ({ agentId, ...rest }: MirrorStatus['unread'][number]) => ({ agent_id: agentId, ...rest });

function listObject({ rows, coveredFrom, completedAt, error, unread }: ListStatus) {
  return {
    rows,
    /** `all`, or the moment since which nothing is missing; null: nothing is mirrored yet, or something of it is `unread`. */
    covered_from: coveredFrom === null ? null : coveredFrom > 0 ? iso(coveredFrom) : unread > 0 ? null : 'all',
    last_complete_pass: completedAt === null ? null : iso(completedAt),
    ...(error === null ? {} : { error }),
  };
}
