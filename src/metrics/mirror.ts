import type { Clock } from '../clock.ts';
import type { Reader } from '../db/open.ts';
import { inSnapshot } from '../db/snapshot.ts';
import { movingLists } from '../lists/names.ts';
import { eventCoverage } from '../queries/event-coverage.ts';
import { requestsSince } from '../queries/requests.ts';
import { type MirrorStatus, mirrorStatus, rowsOf } from '../queries/status.ts';
import { readMirrorState } from '../sync/freshness.ts';
import type { Family, Labels } from './open-metrics.ts';

/** Totals alone: ids of agents are many, and their owner's. */

const minuteMs = 60_000;

type Values = readonly { labels?: Labels; value: number }[];

const gauge = (name: string, help: string, samples: Values, unit?: string): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
  ...(unit === undefined ? {} : { unit }),
});

const one = (value: number): Values => [{ value }];

/** A full mirror fails a pass, too, and says nothing of the API. */
const isUp = ({ lastError }: MirrorStatus, isClosed: boolean) =>
  !isClosed && (lastError === null || lastError.kind === 'full');

function rowsByList(status: MirrorStatus): Values {
  return [
    ...movingLists.map((list) => ({ labels: { list }, value: rowsOf(status, list) })),
    ...status.recordLists
      .filter(({ isMissing }) => !isMissing)
      .map(({ list, rows }) => ({ labels: { list }, value: rows })),
  ];
}

function unreadByList({ unread }: MirrorStatus): Values {
  const byList = Map.groupBy(unread, ({ list }) => list);
  const names = new Set<string>(['agents', ...movingLists, ...byList.keys()]);
  const sumOf = (list: string) => (byList.get(list) ?? []).reduce((sum, { count }) => sum + count, 0);
  return [...names].map((list) => ({ labels: { list }, value: sumOf(list) }));
}

/** What the mirror says of itself, of one snapshot. */
export function mirrorFamilies(reader: Reader, clock: Pick<Clock, 'now' | 'monotonic'>): Family[] {
  return inSnapshot(reader, () => {
    const now = clock.now();
    const status = mirrorStatus(reader, now);
    const { closed, syncedAt } = readMirrorState(reader, {}, clock);
    const { runs, withEvents } = eventCoverage(reader, undefined);
    const { lastPassCompletedAt: completedAt, agents, bytes } = status;
    return [
      gauge('dunetrace_api_up', 'Whether the last look at the Customer API went well (1) or not (0).', [
        { value: isUp(status, closed !== undefined) ? 1 : 0 },
      ]),
      gauge(
        'dunetrace_api_requests_last_minute',
        'Requests to the API in the last minute, of all processes on the mirror.',
        one(requestsSince(reader, clock.monotonic() - minuteMs)),
      ),
      gauge(
        'dunetrace_mirror_last_pass_timestamp_seconds',
        'When the last complete pass over all agents ended.',
        completedAt === null ? [] : one(completedAt),
        'seconds',
      ),
      gauge(
        'dunetrace_mirror_age_seconds',
        'How long ago the mirror was last known equal to the API.',
        syncedAt === null ? [] : one(Math.max(0, now - syncedAt)),
        'seconds',
      ),
      gauge(
        'dunetrace_mirror_agents',
        'Agents in the mirror that the API lists.',
        one(agents.filter(({ gone }) => !gone).length),
      ),
      gauge('dunetrace_mirror_rows', 'Rows in the mirror, by list.', rowsByList(status)),
      gauge(
        'dunetrace_mirror_unread_rows',
        "Rows of the API's lists that can't be read, by list.",
        unreadByList(status),
      ),
      gauge(
        'dunetrace_mirror_runs_without_events',
        'Runs of any age whose events are not in the mirror.',
        one(runs - withEvents),
      ),
      gauge(
        'dunetrace_mirror_file_bytes',
        "The size of the mirror's file and its write-ahead log.",
        one(bytes),
        'bytes',
      ),
    ];
  });
}
