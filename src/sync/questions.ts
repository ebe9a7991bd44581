import { eq, sql } from 'drizzle-orm';
import { numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { apiState } from '../db/process-tables.ts';
import { agents, runs, signals } from '../db/schema.ts';
import { isOfAgents } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';
import type { RecordListId, Scope } from './freshness.ts';
import type { Want } from './messages.ts';

/** What the sync code needs to know of a question. */
export interface Question {
  scope: Scope;
  want: Want;
  /** Whether the mirror holds the thing that the question is about; it always holds a list of things. */
  isHeld: (reader: Reader) => boolean;
  /** Whether the thing can't have changed since. */
  isFinal?: boolean;
  /** The key under which we remember that the API does not have the thing. */
  key?: string;
  /** The agent that the question names. */
  names?: string | undefined;
}

/** A question about one thing, by its id. */
export type About = Question & { id: string };

const runNamed = prepared((db) =>
  db
    .select({ agentId: agents.agentId, pass: runs.pass, detailAt: runs.detailAt })
    .from(runs)
    .innerJoin(agents, eq(agents.id, runs.agent))
    .where(eq(runs.runId, sql.placeholder('runId')))
    .prepare(),
);
const generation = prepared((db) => db.select({ generation: apiState.generation }).from(apiState).limit(1).prepare());
const signalNumbered = prepared((db) =>
  db
    .select({ agentId: agents.agentId })
    .from(signals)
    .innerJoin(agents, eq(agents.id, signals.agent))
    .where(eq(signals.key, sql.placeholder('key')))
    .prepare(),
);

const knowsAgent = (mirror: Reader, agentId: string) => numberOfAgent(mirror, agentId) > 0;

/** About all agents. */
export const fleetQuestion: Question = { scope: {}, want: { of: 'fleet' }, isHeld: () => true };

/** About a list beside agents, runs and signals. */
export const recordsQuestion = (id: RecordListId): Question => ({
  scope: { records: id },
  want: { of: 'records', ...id },
  isHeld: () => true,
  names: isOfAgents(recordListsByName[id.list]) ? id.owner : undefined,
});

/** About one agent; `isFleetFresh` returns whether the mirror knows all existing agents. */
export function agentQuestion(mirror: Reader, agentId: string, isFleetFresh: (mirror: Reader) => boolean): About {
  const isHeld = (now: Reader) => knowsAgent(now, agentId);
  // An agent that a fresh mirror does not know can only appear in the agents list, which all questions may share.
  const isNew = !isHeld(mirror) && isFleetFresh(mirror);
  const want: Want = isNew ? { of: 'fleet' } : { of: 'agent', id: agentId };
  return { id: agentId, scope: { agentId }, want, isHeld, key: `agent ${agentId}`, names: agentId };
}

export function runQuestion(mirror: Reader, runId: string): About {
  const run = runNamed(mirror).get({ runId });
  // A listed run that has its detail here changes no more, except in generation 3. There it is as fresh as its list, which
  // tells when the detail is due again.
  const isHeld = (now: Reader) => runNamed(now).get({ runId })?.detailAt != null;
  const isFinal = run?.pass != null && generation(mirror).get()?.generation !== 3;
  const want: Want = { of: 'run', id: runId };
  return { id: runId, scope: { agentId: run?.agentId }, want, isHeld, isFinal, key: `run ${runId}` };
}

/** About a signal, which the question attributes to the agent `named`. */
export function signalQuestion(mirror: Reader, id: number, named: string | undefined): Question {
  const held = signalNumbered(mirror).get({ key: -id });
  const agentId = held?.agentId ?? (named !== undefined && knowsAgent(mirror, named) ? named : undefined);
  const want: Want = agentId === undefined ? { of: 'fleet' } : { of: 'agent', id: agentId };
  // An agent's own list says nothing about the others'.
  const key = `signal ${id} of ${agentId ?? 'any'}`;
  return {
    scope: { agentId },
    want,
    isHeld: (now) => signalNumbered(now).get({ key: -id }) !== undefined,
    key,
    names: named,
  };
}
