import { numberOfAgent } from '../db/agent-number.ts';
import { nameOf } from '../db/names.ts';
import type { Reader } from '../db/open.ts';
import { countedAs } from '../mirror/counts.ts';
import { countRunsOf, runsAs } from './run-counts.ts';
import { type Share, type Span, shareOf } from './spans.ts';
import { typesEver } from './type-counts.ts';

/** How often a failure type struck within a span. Times are Unix seconds. */
export interface TypePattern extends Share {
  failureType: string;
  isSystemic: boolean;
  /** Of all signals of the type that are mirrored. */
  firstSeen: number;
  lastSeen: number;
}

/** Source: docs/customer-api.md, 'How the server computes its analytics'. */
const systemicRate = 0.1;

/**
 * How many of an agent's runs of a span each failure type struck, the most frequent first: distinct runs with a signal of
 * the type / runs. A type is systemic from 10 % on.
 */
export function systemicPatterns(reader: Reader, agentId: string, span: Span): TypePattern[] {
  const counts = countRunsOf(reader, numberOfAgent(reader, agentId), span, 'whole');
  const total = runsAs(counts, countedAs.all);
  const seen = new Map(typesEver(reader, agentId).map((type) => [type.failureType, type]));
  return [...counts.keys()]
    .filter((what) => what > 0)
    .map((type) => {
      const failureType = nameOf(reader, type);
      const { firstSeen = 0, lastSeen = 0 } = seen.get(failureType) ?? {};
      const share = shareOf(runsAs(counts, type), total);
      return { failureType, firstSeen, lastSeen, ...share, isSystemic: share.rate >= systemicRate };
    })
    .sort((a, b) => b.rate - a.rate || a.failureType.localeCompare(b.failureType));
}
