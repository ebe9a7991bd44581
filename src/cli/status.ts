import { readConfig } from '../config.ts';
import { openReader } from '../db/open.ts';
import { usedBytes } from '../db/size.ts';
import { type ExitCode, exitCodes, MirrorError } from '../errors.ts';
import { eachList } from '../lists/names.ts';
import { json } from '../printable.ts';
import type { RecordListStatus } from '../queries/records.ts';
import { type ListStatus, type MirrorStatus, mirrorStatus } from '../queries/status.ts';
import type { EventsPlan } from '../sync/details-plan.ts';
import { isFresh } from '../sync/freshness.ts';
import { quotaNote } from '../sync/quota.ts';
import { checkReachability } from '../sync/reachability.ts';
import { eventsObject } from '../text/events-plan.ts';
import { type StatusView, sizeWarning, statusLines } from '../text/status.ts';
import { iso } from '../text/time.ts';
import { eventsPlan } from './events.ts';
import type { Io } from './io.ts';

/**
 * Whether no process polls, and polls are already overdue. A mirror that was just synced by hand is as good as a polled
 * one.
 */
function isLeftAlone({ poller, lastPassBeganAt }: MirrorStatus, now: number, pollMs: number): boolean {
  return poller === null && !isFresh({ syncedAt: lastPassBeganAt }, now, pollMs);
}

/** `dunetrace-mcp status`: what the mirror holds, its age, and whether the API answers. Fails when no process polls. */
export async function status(io: Io, options: { json?: boolean }): Promise<ExitCode> {
  const { clock, random, stdout } = io;
  const config = readConfig(io.surroundings);
  const now = clock.now();
  let mirror: MirrorStatus | null = null;
  let full: string | undefined;
  let events: EventsPlan | null = null;
  try {
    const reader = openReader(config.dbFile, config);
    mirror = mirrorStatus(reader, now);
    events = eventsPlan(reader, config, now);
    full = quotaNote(usedBytes(reader), config.maxBytes);
    reader.close();
  } catch (error) {
    if (!(error instanceof MirrorError) || error.kind !== 'missing') throw error;
  }
  const api = await checkReachability(config, { clock, random });
  const leftAlone = mirror !== null && isLeftAlone(mirror, now, config.pollMs);
  const view: StatusView = { file: config.dbFile, mirror, apiUrl: config.apiUrl, api, leftAlone, full, events };
  stdout.write(`${options.json ? json(statusObject(view)) : statusLines(view, now).join('\n')}\n`);
  return leftAlone ? exitCodes.partial : exitCodes.done;
}

function statusObject({ file, mirror, apiUrl, api, leftAlone, full, events }: StatusView) {
  const warning = full ?? sizeWarning(mirror?.bytes ?? 0);
  const time = (at: number | null | undefined) => (at == null ? null : iso(at));
  return {
    file,
    bytes: mirror?.bytes ?? 0,
    ...(warning === undefined ? {} : { warning }),
    api_url: apiUrl,
    api_reachable: api.reachable,
    ...(api.reachable ? {} : { api_error: api.error.message }),
    texts: mirror?.texts ?? null,
    ...(mirror?.onlyAgents == null ? {} : { only_agents: mirror.onlyAgents }),
    left_alone: leftAlone,
    last_pass: time(mirror?.lastPassCompletedAt),
    last_error: mirror?.lastError ? { message: mirror.lastError.message, at: time(mirror.lastError.at) } : null,
    poller: mirror?.poller
      ? { pid: mirror.poller.pid, host: mirror.poller.host, since: time(mirror.poller.since) }
      : null,
    ...(events === null ? {} : { events: eventsObject(events) }),
    unread: (mirror?.unread ?? []).map(unreadObject),
    ...Object.fromEntries((mirror?.recordLists ?? []).map(({ list, ...rest }) => [list, recordListObject(rest)])),
    agents: (mirror?.agents ?? []).map((agent) => ({
      agent_id: agent.agentId,
      gone: agent.gone,
      ...eachList((list) => listObject(agent.lists[list])),
    })),
  };
}

/** A list that could not be read completely, as `status` and `sync` print it. */
export const unreadObject = ({ agentId, ...rest }: MirrorStatus['unread'][number]) => ({ agent_id: agentId, ...rest });

function recordListObject({ rows, readAt, isMissing, error }: Omit<RecordListStatus, 'list'>) {
  return {
    rows,
    last_read: readAt === null ? null : iso(readAt),
    ...(isMissing ? { missing: true } : {}),
    ...(error === null ? {} : { error }),
  };
}

function listObject({ rows, coveredFrom, completedAt, error, unread, isUnproven }: ListStatus) {
  return {
    rows,
    /**
     * `all`, or the time since which the mirror is complete; null: the mirror is still empty, or part of it is
     * `unread`.
     */
    covered_from: coveredFrom === null ? null : coveredFrom > 0 ? iso(coveredFrom) : unread > 0 ? null : 'all',
    last_complete_pass: completedAt === null ? null : iso(completedAt),
    ...(isUnproven ? { unproven: true } : {}),
    ...(error === null ? {} : { error }),
  };
}
