import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { runEvents, runSums, runs } from '../mirror/schema.ts';
import { prepared } from './prepared.ts';
import { remembered } from './remembered.ts';
import { runFailures } from './run-failures.ts';
import { countRunsIn, type Share, type Span, shareOf } from './spans.ts';
import { inWindow, runsWithin, type Window } from './windows.ts';

/** An input that reliably triggers a failure. */
export interface InputPattern extends Share {
  inputHash: string;
  failureType: string;
}

export interface InputPatterns {
  patterns: InputPattern[];
  /** Runs of the span whose events, which hold the inputs, are mirrored; and how many runs there are. */
  runsWithEvents: number;
  runs: number;
}

/** Source: CONTRACT.md, 'How the server computes its analytics'; the page of the Python server for the rate. */
const minRuns = 2;
const minRate = 0.5;
const maxPatterns = 20;

const inputs = prepared((db) =>
  db
    .selectDistinct({ run: runEvents.run, inputHash: sql<string>`${runEvents.inputHash}` })
    .from(runs)
    .innerJoin(runEvents, and(eq(runEvents.run, runs.id), isNotNull(runEvents.inputHash)))
    .where(inWindow)
    .prepare(),
);

const withEvents = prepared((db) =>
  db
    .select({ total: sql<number>`count(*)` })
    .from(runs)
    // A run whose events the server had dropped before they were fetched has a detail, and no inputs.
    .where(and(inWindow, sql`exists (select 1 from ${runSums} where ${runSums.run} = ${runs.id})`))
    .prepare(),
);

/** How many runs of the window had each input, and how many of these each failure. */
function countInputs(reader: Reader, window: Window) {
  const failures = runFailures(reader, window);
  const found = new Map<string, { total: number; affected: Map<string, number> }>();
  for (const { run, inputHash } of inputs(reader).all(window)) {
    const input = found.get(inputHash) ?? { total: 0, affected: new Map<string, number>() };
    found.set(inputHash, input);
    input.total += 1;
    for (const type of failures.get(run) ?? []) input.affected.set(type, (input.affected.get(type) ?? 0) + 1);
  }
  return found;
}

function findPatterns(reader: Reader, window: Window): InputPattern[] {
  const found: InputPattern[] = [];
  for (const [inputHash, { total, affected }] of countInputs(reader, window)) {
    if (total < minRuns) continue;
    for (const [failureType, count] of affected) found.push({ inputHash, failureType, ...shareOf(count, total) });
  }
  return found
    .filter(({ rate }) => rate >= minRate)
    .sort(
      (a, b) =>
        b.affectedRuns - a.affectedRuns ||
        b.rate - a.rate ||
        a.inputHash.localeCompare(b.inputHash) ||
        a.failureType.localeCompare(b.failureType),
    )
    .slice(0, maxPatterns);
}

const kept = remembered<InputPatterns>();

/**
 * Inputs with which at least half of an agent's runs of a span failed in one way, and two or more were made: distinct runs
 * with the failure / distinct runs with the input; the 20 that triggered most. A run's input is in its events.
 */
export function inputPatterns(reader: Reader, agentId: string, span: Span): InputPatterns {
  const window = { agentId, ...span };
  return kept(reader, agentId, runsWithin(reader, agentId, [span.from], span.end), () => ({
    patterns: findPatterns(reader, window),
    runsWithEvents: withEvents(reader).get(window)?.total ?? 0,
    runs: countRunsIn(reader, agentId, span),
  }));
}
