import type { Reader } from '../db/open.ts';
import { preparedTexts } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import type { TraitedRun } from './run-traits.ts';

/**
 * Which runs are looked at for their likeness to one, whatever number its agent has: those nearest to it in time, before it
 * and after it, by each of three ways. Runs without a known time are not found.
 */

/** On each side of the run in time: runs with its input, signals of one failure type, and runs with events of a kind. */
export const perSide = { input: 50, type: 50, events: 50 } as const;
/** Failure types of the run that are followed. */
const maxTypes = 4;
/** Runs with events, on each side, that are looked through for those without and those with a signal. */
const lookedThrough = 250;

const sides = [
  { is: '<=', order: 'desc' },
  { is: '>', order: 'asc' },
] as const;

const found = preparedTexts<{ id: number }>();

const withInput = sides.map(
  ({ is, order }) => `
  select r.id from runs r indexed by runs_agent_input
  where r.agent = @agent and r.input = @input and ${runTime} ${is} @at and ${isListedRun} and r.id <> @run
  order by ${runTime} ${order} limit ${perSide.input}`,
);

const withType = sides.map(
  ({ is, order }) => `
  select s.run as id from signals s indexed by signals_agent_type_newest
  where s.agent = @agent and s.failure_type = @type and s.detected_at ${is} @at and s.gone_at is null and s.run <> @run
  order by s.detected_at ${order} limit ${perSide.type}`,
);

const withEvents = sides.flatMap(({ is, order }) =>
  ['exists', 'not exists'].map(
    (isFailed) => `
  select id from (
    select r.id, ${runTime} as at from runs r indexed by runs_agent_detailed
    where r.agent = @agent and r.detail_at is not null and ${runTime} ${is} @at and ${isListedRun} and r.id <> @run
    order by ${runTime} ${order} limit ${lookedThrough}) near
  where ${isFailed} (select 1 from signals s where s.run = near.id and s.gone_at is null)
  order by at ${order} limit ${perSide.events}`,
  ),
);

/** Runs by their numbers. */
export interface Candidates {
  all: ReadonlySet<number>;
  /** Those that were found by their input, which says nothing of how they went. */
  withInput: ReadonlySet<number>;
}

export function candidatesFor(reader: Reader, { run, agent }: { run: TraitedRun; agent: number }): Candidates {
  const about = { run: run.id, agent, at: run.at ?? Number.MAX_VALUE };
  const by = (texts: readonly string[], more: Record<string, unknown> = {}) =>
    texts.flatMap((text) => found(reader, text).all({ ...about, ...more })).map(({ id }) => id);
  const ofInput = run.input === null ? [] : by(withInput, { input: run.input });
  const ofTypes = [...run.failureTypes].slice(0, maxTypes).flatMap((type) => by(withType, { type }));
  return { all: new Set([...ofInput, ...ofTypes, ...by(withEvents)]), withInput: new Set(ofInput) };
}
