import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { names, runEvents, runs, signals } from '../mirror/schema.ts';
import { affectedRuns, countRunsIn, runsIn, type Share, type Span, shareOf } from './spans.ts';

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

/**
 * Inputs with which at least half of an agent's runs of a span failed in one way, and two or more were made: distinct runs
 * with the failure / distinct runs with the input; the 20 that triggered most. A run's input is in its events.
 */
export function inputPatterns(reader: Reader, agentId: string, span: Span): InputPatterns {
  const { db } = reader;
  const inputs = db
    .select({ run: runEvents.run, inputHash: runEvents.inputHash })
    .from(runEvents)
    .innerJoin(runs, eq(runs.id, runEvents.run))
    .where(and(runsIn(agentId, span), isNotNull(runEvents.inputHash)))
    .groupBy(runEvents.run, runEvents.inputHash)
    .as('inputs');
  const totals = db
    .select({ hash: inputs.inputHash, total: sql<number>`count(*)`.as('total') })
    .from(inputs)
    .groupBy(inputs.inputHash)
    .having(sql`count(*) >= ${minRuns}`)
    .as('totals');
  const rows = db
    .select({ inputHash: inputs.inputHash, failureType: names.name, affected: affectedRuns, total: totals.total })
    .from(inputs)
    .innerJoin(totals, eq(totals.hash, inputs.inputHash))
    .innerJoin(signals, and(eq(signals.run, inputs.run), isNull(signals.goneAt)))
    .innerJoin(names, eq(names.id, signals.failureType))
    .groupBy(inputs.inputHash, signals.failureType)
    .all();
  const patterns = rows
    .map(({ inputHash, failureType, affected, total }) => ({
      inputHash: inputHash ?? '',
      failureType,
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
  const counted = db
    .select({ total: sql<number>`count(*)` })
    .from(runs)
    // A run whose events the server had dropped before they were fetched has a detail, and no inputs.
    .where(and(runsIn(agentId, span), sql`exists (select 1 from ${runEvents} where ${runEvents.run} = ${runs.id})`))
    .get();
  return { patterns, runsWithEvents: counted?.total ?? 0, runs: countRunsIn(reader, agentId, span) };
}
