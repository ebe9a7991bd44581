import { numberOfAgent } from '../db/agent-number.ts';
import { nameOf } from '../db/names.ts';
import type { Reader } from '../db/open.ts';
import { countedAs } from '../mirror/counts.ts';
import { type InputRuns, repeatedInputs } from './input-counts.ts';
import { windowLoads } from './loads.ts';
import { countRunsOf, runsAs } from './run-counts.ts';
import { type Share, type Span, shareOf } from './spans.ts';

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

/** Source: docs/customer-api.md, 'How the server computes its analytics'. */
const minRuns = 2;
const minRate = 0.5;
const maxPatterns = 20;

function patternsOf(reader: Reader, { hash, runs }: InputRuns): InputPattern[] {
  const total = runs.get(countedAs.all) ?? 0;
  if (total < minRuns) return [];
  return [...runs]
    .filter(([what, affected]) => what > 0 && affected / total >= minRate)
    .map(([type, affected]) => ({
      inputHash: hash,
      failureType: nameOf(reader, type),
      ...shareOf(affected, total),
    }));
}

function findPatterns(reader: Reader, agent: number, span: Span): InputPattern[] {
  let found: InputPattern[] = [];
  for (const inputs of repeatedInputs(reader, agent, span)) {
    found = [...found, ...inputs.flatMap((input) => patternsOf(reader, input))]
      .sort(
        (a, b) =>
          b.affectedRuns - a.affectedRuns ||
          b.rate - a.rate ||
          a.inputHash.localeCompare(b.inputHash) ||
          a.failureType.localeCompare(b.failureType),
      )
      .slice(0, maxPatterns);
    // Those that follow had fewer failed runs in all than the last of these has in the span.
    const least = found.length < maxPatterns ? 0 : (found.at(-1)?.affectedRuns ?? 0);
    if (least > (inputs.at(-1)?.failedEver ?? 0)) break;
  }
  return found;
}

/**
 * Inputs with which at least half of an agent's runs of a span failed in one way, and two or more were made: distinct runs
 * with the failure / distinct runs with the input; the 20 that triggered most. A run's input is in its events.
 */
export function inputPatterns(reader: Reader, agentId: string, span: Span): InputPatterns {
  const agent = numberOfAgent(reader, agentId);
  return {
    patterns: findPatterns(reader, agent, span),
    runsWithEvents: windowLoads(reader, agent, span).withEvents,
    runs: runsAs(countRunsOf(reader, agent, span, 'health'), countedAs.all),
  };
}
