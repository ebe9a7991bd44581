import type { Window } from '../days.ts';
import { nameOf } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { countRunsOf, runsAs, typesIn } from './run-counts.ts';
import { type Share, shareOf } from './shares.ts';
import { typesEver } from './type-counts.ts';

/** How many runs had a failure type within a window. Times are Unix seconds. */
export interface TypePattern extends Share {
  failureType: string;
  isSystemic: boolean;
  /** The first of all mirrored signals of the type. */
  firstSeen: number;
  lastSeen: number;
}

/** Source: docs/customer-api.md, 'How the server computes its analytics'. */
const systemicRate = 0.1;

/**
 * How many of an agent's runs in a window had each failure type, the most frequent first: distinct runs with a signal
 * of the type / runs. A type is systemic from 10 % on.
 */
export function systemicPatterns(reader: Reader, agentId: string, window: Window): TypePattern[] {
  const counts = countRunsOf(reader, agentId, window, 'whole');
  const total = runsAs(counts, countedAs.all);
  const seen = new Map(typesEver(reader, agentId).map((type) => [type.failureType, type]));
  return typesIn(counts)
    .map((type) => {
      const failureType = nameOf(reader, type);
      const { firstSeen = 0, lastSeen = 0 } = seen.get(failureType) ?? {};
      const share = shareOf(runsAs(counts, type), total);
      return { failureType, firstSeen, lastSeen, ...share, isSystemic: share.rate >= systemicRate };
    })
    .sort((a, b) => b.rate - a.rate || a.failureType.localeCompare(b.failureType));
}
