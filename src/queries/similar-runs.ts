import { nameOf } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun } from '../db/run-kinds.ts';
import { type Interval, wilsonInterval } from '../intervals.ts';
import { type TraitedRun, traitsOf, traitsOfListed } from './run-traits.ts';
import { candidatesFor, perSide } from './similar-candidates.ts';
import { type Likeness, likenessOf } from './similarity.ts';

/** A run that is like another one. */
export interface SimilarRun {
  runId: string;
  failureTypes: string[];
  likeness: Likeness;
}

/** How many of the runs with one input failed, the 95 % interval of that share, and whether these are all there are. */
export interface SameInput {
  failed: number;
  total: number;
  /** null: of no runs. */
  interval: Interval | null;
  isAll: boolean;
}

export interface SimilarRuns {
  /** What is known of the run itself. */
  failureTypes: string[];
  input: string | null;
  /** null: none of its events is mirrored. */
  tools: string[] | null;
  /** Nearest first: runs without a live signal, and runs with one. */
  clean: SimilarRun[];
  failed: SimilarRun[];
  /** The nearest run that went the other way with the same input or the same tools; null: there is none. */
  contrast: string | null;
  /** How many runs were looked at, how many of these have events, and how many the agent has besides the run. */
  lookedAt: number;
  withEvents: number;
  of: number;
  /** How many of the runs with its input that were looked at failed; null: its input is not known. */
  sameInput: SameInput | null;
}

const others = preparedSql<{ runs: number }>(
  `select count(*) as runs from runs r where r.agent = @agent and ${isListedRun} and r.id <> @run`,
);

const namesOf = (reader: Reader, numbers: Iterable<number>) =>
  [...numbers].map((number) => nameOf(reader, number)).sort();

const nothing: SimilarRuns = {
  failureTypes: [],
  input: null,
  tools: null,
  clean: [],
  failed: [],
  contrast: null,
  lookedAt: 0,
  withEvents: 0,
  of: 0,
  sameInput: null,
};

interface Ranked {
  run: TraitedRun;
  likeness: Likeness;
  /** Seconds between both. */
  apart: number;
}

const nearer = (a: Ranked, b: Ranked) =>
  b.likeness.whole - a.likeness.whole || a.apart - b.apart || (a.run.runId < b.run.runId ? -1 : 1);

function sameInputOf(sharing: readonly TraitedRun[]): SameInput {
  const [hits, total] = [sharing.filter(({ failureTypes }) => failureTypes.size > 0).length, sharing.length];
  const interval = total === 0 ? null : wilsonInterval({ hits, total });
  return { failed: hits, total, interval, isAll: total < perSide.input };
}

/** Runs that are like it in nothing are left out. */
function rank(run: TraitedRun, looked: readonly TraitedRun[]): Ranked[] {
  return looked
    .map((other) => ({
      run: other,
      likeness: likenessOf(run, other),
      apart: run.at === null || other.at === null ? Number.POSITIVE_INFINITY : Math.abs(run.at - other.at),
    }))
    .filter(({ likeness }) => likeness.whole > 0)
    .sort(nearer);
}

/**
 * The runs of the same agent that are like a run, `limit` of each kind; none for a run that the mirror does not know.
 * Not all runs of an agent are looked at: see `candidatesFor`. What `likenessOf` says orders them; of equal ones, the one
 * nearer in time is first.
 */
export function similarRuns(reader: Reader, runId: string, limit: number): SimilarRuns {
  const found = traitsOf(reader, runId);
  if (!found) return nothing;
  const { run, agent } = found;
  const candidates = candidatesFor(reader, found);
  const looked = traitsOfListed(reader, candidates.all);
  const ranked = rank(run, looked);
  const hasFailed = (one: TraitedRun) => one.failureTypes.size > 0;
  const first = (isFailed: boolean) =>
    ranked
      .filter(({ run: other }) => hasFailed(other) === isFailed)
      .slice(0, limit)
      .map(({ run: other, likeness }): SimilarRun => {
        return { runId: other.runId, failureTypes: namesOf(reader, other.failureTypes), likeness };
      });
  const contrast = ranked.find(
    ({ run: other, likeness: { input, tools } }) => hasFailed(other) !== hasFailed(run) && (input === 1 || tools === 1),
  );
  return {
    failureTypes: namesOf(reader, run.failureTypes),
    input: run.input,
    tools: run.events && namesOf(reader, run.events.tools),
    clean: first(false),
    failed: first(true),
    contrast: contrast?.run.runId ?? null,
    lookedAt: looked.length,
    withEvents: looked.filter(({ events }) => events !== null).length,
    of: others(reader).get({ agent, run: run.id })?.runs ?? 0,
    sameInput: run.input === null ? null : sameInputOf(looked.filter(({ id }) => candidates.withInput.has(id))),
  };
}
