import fc from 'fast-check';
import type { Client } from '../../src/api/client.ts';
import { ApiError, type ApiErrorKind, StoppedError } from '../../src/errors.ts';
import type { Store } from '../../src/mirror/store.ts';
import { runPass } from '../../src/sync/pass.ts';
import type { PassOptions } from '../../src/sync/pass-state.ts';
import { Crash, type CrashAt, crashing } from './crash.ts';
import { type Generation, SampleBackend } from './customer-api/backend.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { type Change, changes, createUpstream, neverSettled, type Upstream } from './history.ts';
import { createInProcessClient } from './in-process-api.ts';
import { createInvariants } from './invariants.ts';
import { type NewestName, newestChanges } from './newest-changes.ts';
import { ReadsDetails } from './reads-details.ts';
import { spoil } from './spoil.ts';
import type { Connection } from './temp-mirror.ts';

/** The model of the sync: what may happen to the API, and to passes over it, and what has to hold afterwards. */

/**
 * What has happened since the mirror was last known to be the API. A signal that went and another one that came below
 * the top hide each other from an incremental pass: see `Kind` in history.ts.
 */
export interface Model {
  went: boolean;
  cameBelow: boolean;
}

/** So short that some lists are walked for their age. */
const fullSyncSeconds = 300;

const isPromised = ({ went, cameBelow }: Model) => !(went && cameBelow);

/** What happens at the `at`-th request of a pass, before it is answered. */
type Incident = { at: number } & (
  | { do: 'change'; change: Change }
  | { do: 'abort' }
  | { do: 'fail'; kind: ApiErrorKind }
  /** Another process begins a pass over the same file. */
  | { do: 'second pass'; full: boolean; crash?: CrashAt }
);

interface PassOf {
  full: boolean;
  settleSeconds: number;
  lanes: number;
  /** A poll: it may begin to walk lists for their age, and spend so many pages on it. */
  idlePages?: number | undefined;
  during: Incident[];
  crash?: CrashAt;
}

export type Process = Pick<Connection, 'mirror' | 'store'>;

/** The API and two processes with the same mirror file. */
export interface Real {
  backend: SampleBackend;
  clock: FakeClock;
  upstream: Upstream;
  connections: readonly [Process, Process];
  pageSize: number;
  invariants: ReturnType<typeof createInvariants>;
  followsMoved: boolean;
}

export interface SetUp {
  generation: Generation;
  pageSize: number;
  /** Runs that are there from the beginning, each with a signal. */
  filled: number;
  followsMoved?: boolean;
}

export function createReal(connections: readonly [Process, Process], setUp: SetUp): Real {
  const { generation, pageSize, filled, followsMoved = false } = setUp;
  const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
  const backend = new SampleBackend({ generation, now: clock.now });
  const upstream = createUpstream(backend, clock);
  if (filled > 0) upstream.change({ do: 'runs', agent: 'a', count: filled, signals: 1, exit: 'run.completed' });
  const [{ mirror, store }] = connections;
  const invariants = createInvariants({ clock, backend, upstream, mirror: () => mirror, store: () => store });
  return { backend, clock, upstream, connections, pageSize, invariants, followsMoved };
}

function makeChange(model: Model, { upstream }: Real, change: Change): void {
  upstream.change(change);
  if (change.do === 'delete signals') model.went = true;
  if (change.do === 'late signal' || change.do === 'unreadable signal') model.cameBelow = true;
  // A signal of an evaluator moves nothing but the count, which one that went moves back.
  if (change.do === 'evaluated') model.cameBelow = true;
}

/** Aborts, crashes and faults are how these passes may end; anything else is a bug. */
const isEnding = (error: unknown) =>
  error instanceof Crash || error instanceof StoppedError || error instanceof ApiError;

class Happens implements fc.AsyncCommand<Model, Real> {
  readonly change: Change;
  constructor(change: Change) {
    this.change = change;
  }
  check = () => true;
  run = async (model: Model, real: Real) => makeChange(model, real, this.change);
  toString = () => JSON.stringify(this.change);
}

class Waits implements fc.AsyncCommand<Model, Real> {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
  check = () => true;
  run = async (_: Model, { clock }: Real) => clock.advance(this.seconds);
  toString = () => `wait ${this.seconds} s`;
}

export class Passes implements fc.AsyncCommand<Model, Real> {
  readonly pass: PassOf;
  constructor(pass: PassOf) {
    this.pass = pass;
  }
  check = () => true;
  toString = () => `pass ${JSON.stringify(this.pass)}`;

  async run(model: Model, real: Real): Promise<void> {
    const { clock, invariants, connections, backend, upstream } = real;
    const { full, idlePages, during, crash, settleSeconds } = this.pass;
    const abort = new AbortController();
    const others: Promise<unknown>[] = [];
    const client = createInProcessClient(
      backend,
      (count) => {
        let fault: ApiErrorKind | undefined;
        for (const incident of during.filter(({ at }) => at === count)) {
          if (incident.do === 'change') makeChange(model, real, incident.change);
          else if (incident.do === 'abort') abort.abort(new StoppedError('aborted'));
          else if (incident.do === 'fail') fault = incident.kind;
          else {
            clock.advance(1);
            const other = crashing(connections[1].store, incident.crash);
            const second = createInProcessClient(backend, () => undefined, spoil(upstream.howOf));
            others.push(this.#go(real, second, other, { full: incident.full }));
          }
        }
        return fault;
      },
      spoil(upstream.howOf),
    );
    clock.advance(1);
    invariants.passBegins();
    const stayedGone = upstream.wipes > 0 && !full ? invariants.goneAgents() : [];
    const isUndisturbed = during.length === 0 && crash === undefined;
    // Whoever wants a full pass waits for it.
    const isPoll = !full && idlePages !== undefined;
    const options = { full, signal: abort.signal, ...(isPoll ? { idlePages } : {}) };
    await this.#go(real, client, crashing(connections[0].store, crash), options, isUndisturbed);
    await Promise.all(others);
    invariants.checkAlways(isPromised(model));
    if (!isUndisturbed || settleSeconds !== neverSettled) return;
    if (full) {
      invariants.checkIds();
      invariants.checkRows();
    } else if (isPromised(model)) {
      const isExempt = (agentId: string) => upstream.unseen.has(agentId) || stayedGone.includes(agentId);
      invariants.checkIds({ isExempt, mayWalk: isPoll, isFull: false });
      if (real.followsMoved) invariants.checkMoved(isExempt);
    } else return;
    model.went = false;
    model.cameBelow = false;
    upstream.moved.clear();
  }

  async #go(
    { clock, pageSize }: Real,
    client: Client,
    store: Store,
    options: PassOptions,
    mustSucceed = false,
  ): Promise<void> {
    const { settleSeconds, lanes } = this.pass;
    const log = { info: () => {}, warn: () => {} };
    try {
      await runPass(
        { client, store, clock, log, settleSeconds, fullSyncSeconds, concurrency: lanes, pageSize },
        options,
      );
    } catch (error) {
      if (mustSucceed || !isEnding(error)) throw error;
    }
  }
}

const many = { min: 8, max: 25 };
const request = fc.oneof(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 20 }));
const when = fc.constantFrom('before' as const, 'inside' as const, 'after' as const);
/** The first commits of a pass are the fleet's and the agents list's. */
const commit = fc.oneof(fc.integer({ min: 3, max: 8 }), fc.integer({ min: 1, max: 20 }));
const crash: fc.Arbitrary<CrashAt> = fc.record({ at: commit, when });
const kinds = ['unreachable', 'rate_limited', 'server_error', 'bad_answer', 'not_found'] as const;

const incidents = (change: fc.Arbitrary<Change>): fc.Arbitrary<Incident> =>
  fc.oneof(
    {
      arbitrary: fc.record({ at: request, do: fc.constant('change' as const), change }),
      weight: 3,
    },
    { arbitrary: fc.record({ at: request, do: fc.constant('abort' as const) }), weight: 1 },
    {
      arbitrary: fc.record({ at: request, do: fc.constant('fail' as const), kind: fc.constantFrom(...kinds) }),
      weight: 2,
    },
    {
      arbitrary: fc.record(
        { at: request, do: fc.constant('second pass' as const), full: fc.boolean(), crash },
        { requiredKeys: ['at', 'do', 'full'] },
      ),
      weight: 1,
    },
  );

const passFields = {
  full: fc.constantFrom(false, false, false, true),
  settleSeconds: fc.constantFrom(neverSettled, neverSettled, neverSettled, 300, 0),
  lanes: fc.constantFrom(1, 1, 3),
  idlePages: fc.constantFrom(undefined, 0, 2, 5),
};

const quiet = fc.record({ ...passFields, during: fc.constant<Incident[]>([]) });
const disturbed = (incident: fc.Arbitrary<Incident>) =>
  fc.record(
    { ...passFields, during: fc.array(incident, { minLength: 1, maxLength: 3 }), crash },
    { requiredKeys: ['full', 'settleSeconds', 'lanes', 'during'] },
  );
/** More runs than two pages share come in while a list is walked, and the process dies while it looks for the place again. */
const overrun: fc.Arbitrary<PassOf> = fc
  .record({ at: fc.integer({ min: 3, max: 7 }), count: fc.integer({ min: 11, max: 25 }), later: fc.nat(3), when })
  .map(({ at, count, later, when }) => ({
    full: false,
    settleSeconds: neverSettled,
    lanes: 1,
    during: [{ at, do: 'change', change: { do: 'runs', agent: 'a', count, signals: 0, exit: 'run.completed' } }],
    crash: { at: at + 2 + later, when },
  }));
const crashed = fc.record({ ...passFields, during: fc.constant<Incident[]>([]), crash });

export interface Extras {
  /** What may happen to an API of generation 3 besides. */
  newest?: readonly NewestName[];
  /** Whether the details of runs are read, and held against the API's. */
  readsDetails?: boolean;
  /** Whether a pass that is not full has to follow the rows of runs that went on top again. */
  followsMoved?: boolean;
}

/** Histories of up to `maxCommands` steps. */
export function histories(maxCommands: number, { newest = [], readsDetails = false }: Extras) {
  const what = changes('anything', many, newest);
  const change = what.map((one) => new Happens(one));
  const of = (arbitrary: fc.Arbitrary<PassOf>) => arbitrary.map((pass) => new Passes(pass));
  return fc.commands<Model, Real, false>(
    [
      change,
      change,
      change,
      fc.constantFrom(10, 400, 100_000).map((seconds) => new Waits(seconds)),
      of(quiet),
      of(disturbed(incidents(what))),
      of(crashed),
      of(overrun),
      ...(newest.length > 0 ? [fc.oneof(...newestChanges(newest)).map((one) => new Happens(one))] : []),
      ...(readsDetails ? [fc.constant(new ReadsDetails())] : []),
    ],
    { maxCommands, size: 'max' },
  );
}
