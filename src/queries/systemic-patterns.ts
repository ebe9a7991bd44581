import type { Window } from '../days.ts';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { countRunsOf, runsAs, typesIn } from './run-counts.ts';
import { type Share, shareOf } from './shares.ts';

/** How many runs had a failure type within a window. Times are Unix seconds. */
export interface TypePattern extends Share {
  failureType: string;
  isSystemic: boolean;
  /** The first and the last signal of the window's runs, whenever detected. */
  firstSeen: number;
  lastSeen: number;
}

/** Source: docs/customer-api.md, 'How the server computes its analytics'. */
const systemicRate = 0.1;

/** A signal may look older than its run, whose time is told by another clock. */
const clockSeconds = 3600;

/** From the window's edge inwards: the first row of a window's run is near it, so that few are looked at. */
const edge = (order: 'asc' | 'desc') =>
  preparedSql<{ detectedAt: number }>(`
    select s.detected_at as detectedAt from signals s cross join runs r on r.id = s.run
    where s.agent = @agent and s.failure_type = @type and s.gone_at is null and s.detected_at >= @from - ${clockSeconds}
      and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}
    order by s.detected_at ${order} limit 1`);
const [firstIn, lastIn] = [edge('asc'), edge('desc')];

/**
 * How many of an agent's runs in a window had each failure type, the most frequent first: distinct runs with a signal
 * of the type / runs. A type is systemic from 10 % on.
 */
export function systemicPatterns(reader: Reader, agentId: string, window: Window): TypePattern[] {
  const counts = countRunsOf(reader, agentId, window, 'whole');
  const total = runsAs(counts, countedAs.all);
  const { from, end } = window;
  const agent = numberOfAgent(reader, agentId);
  return typesIn(counts)
    .map((type) => {
      const failureType = nameOf(reader, type);
      const bound = { agent, type, from, end };
      const firstSeen = firstIn(reader).get(bound)?.detectedAt ?? 0;
      const lastSeen = lastIn(reader).get(bound)?.detectedAt ?? 0;
      const share = shareOf(runsAs(counts, type), total);
      return { failureType, firstSeen, lastSeen, ...share, isSystemic: share.rate >= systemicRate };
    })
    .sort((a, b) => b.rate - a.rate || a.failureType.localeCompare(b.failureType));
}
