import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { runEvents, runSums, runs, signals } from '../mirror/schema.ts';
import { nameOf } from './names.ts';
import { prepared } from './prepared.ts';
import { countRunsIn, type Share, type Span, shareOf } from './spans.ts';
import { inWindow, type Window } from './windows.ts';

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

/** The inputs that several runs of the window had, by the ways in which these failed; with how many had them, and failed so. */
const struckInputs = prepared((db) => {
  const inputs = db.$with('inputs').as(
    db
      .selectDistinct({ run: runEvents.run, inputHash: sql<string>`${runEvents.inputHash}`.as('input_hash') })
      .from(runs)
      .innerJoin(runEvents, and(eq(runEvents.run, runs.id), isNotNull(runEvents.inputHash)))
      .where(inWindow),
  );
  const repeated = db.$with('repeated').as(
    db
      .select({
        repeatedHash: sql<string>`${inputs.inputHash}`.as('repeated_hash'),
        total: sql<number>`count(*)`.as('total'),
      })
      .from(inputs)
      .groupBy(sql`${inputs.inputHash}`)
      .having(sql`count(*) >= ${sql.raw(String(minRuns))}`),
  );
  return db
    .with(inputs, repeated)
    .select({
      inputHash: repeated.repeatedHash,
      total: repeated.total,
      type: signals.failureType,
      affected: sql<number>`count(distinct ${signals.run})`,
    })
    .from(repeated)
    .innerJoin(inputs, eq(inputs.inputHash, repeated.repeatedHash))
    .innerJoin(signals, and(eq(signals.run, inputs.run), isNull(signals.goneAt)))
    .groupBy(sql`${repeated.repeatedHash}`, signals.failureType)
    .prepare();
});

const withEvents = prepared((db) =>
  db
    .select({ total: sql<number>`count(*)` })
    .from(runs)
    // A run whose events the server had dropped before they were fetched has a detail, and no inputs.
    .where(and(inWindow, sql`exists (select 1 from ${runSums} where ${runSums.run} = ${runs.id})`))
    .prepare(),
);

function findPatterns(reader: Reader, window: Window): InputPattern[] {
  return struckInputs(reader)
    .all(window)
    .map(({ inputHash, total, type, affected }) => ({
      inputHash,
      failureType: nameOf(reader, type),
      ...shareOf(affected, total),
    }))
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

/**
 * Inputs with which at least half of an agent's runs of a span failed in one way, and two or more were made: distinct runs
 * with the failure / distinct runs with the input; the 20 that triggered most. A run's input is in its events.
 */
export function inputPatterns(reader: Reader, agentId: string, span: Span): InputPatterns {
  const window = { agentId, ...span };
  return {
    patterns: findPatterns(reader, window),
    runsWithEvents: withEvents(reader).get(window)?.total ?? 0,
    runs: countRunsIn(reader, agentId, span),
  };
}
