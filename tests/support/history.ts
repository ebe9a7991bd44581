import fc from 'fast-check';
import type { Clock } from '../../src/clock.ts';
import type { WireRun, WireSignal } from '../../src/sample/wire.ts';
import type { SampleBackend, SignalSpec } from './customer-api/backend.ts';
import { makeNewestChange, type NewestChange, type NewestName, newestChanges, slashedId } from './newest-changes.ts';
import { type ListOfRows, type SpoilChange, type Spoiling, spoilings, spoilKey } from './spoil.ts';

/** What may happen to a Customer API. Printed as it is, it reads as a story. */

/**
 * What a history may hold. An incremental pass finds what is missing by a list's top and by its total, so it can't see a
 * signal that goes and another one that comes in its place below the top: a late or unreadable one, which do not count as
 * new rows on top. Such pairs are kept apart: in a history that `grows` no signal goes, in one that `shrinks` all signals
 * come in on top, and where `anything` happens only a full pass has to make the mirror equal.
 */
export type Kind = 'grows' | 'shrinks' | 'anything';

/** What happens to the API. `at` picks a row, 0 being the newest, around the corner past the last. */
export type Change =
  | { do: 'runs'; agent: string; count: number; signals: number; exit: string }
  /** Runs whose events are there, and that no detector has looked at. */
  | { do: 'unanalysed runs'; agent: string; count: number }
  | { do: 'analyse'; at: number; count: number; signals: number }
  /** A signal that is found in an old run, with an old time: it goes into the middle of the list. */
  | { do: 'late signal'; at: number }
  | { do: 'unreadable signal'; agent: string }
  | { do: 'delete signals'; at: number; count: number }
  | { do: 'drop runs'; at: number; count: number }
  /** What the backend's retention does: the runs that were analysed first go. */
  | { do: 'drop oldest runs'; agent: string; count: number }
  | { do: 'expire runs'; at: number; count: number }
  | { do: 'alert'; at: number }
  | SpoilChange
  | NewestChange
  | { do: 'wipe' };

export const agentIds = ['a', 'b', 'c'] as const;
export const everyAgentId = [...agentIds, slashedId] as const;
/** So long that no agent is ever settled: every pass reads every list. */
export const neverSettled = 1e9;

/** Mostly one agent, so that its lists are long. */
const agent = fc.constantFrom('a', 'a', 'a', 'a', 'b', 'c');
const at = fc.oneof(fc.nat(12), fc.nat(60));
const few = fc.integer({ min: 1, max: 4 });
const burst = fc.oneof({ arbitrary: few, weight: 2 }, { arbitrary: fc.integer({ min: 5, max: 30 }), weight: 1 });
const signals = fc.nat(3);
const exit = fc.constantFrom('run.completed', 'run.completed', 'run.errored', 'stalled');

/**
 * What may happen to the API in a history of this kind; `bulkOf`: how many runs come in at once, at times; `newest`: what
 * may happen besides, in generation 3.
 */
export function changes(
  kind: Kind,
  bulkOf = { min: 20, max: 60 },
  newest: readonly NewestName[] = [],
): fc.Arbitrary<Change> {
  const runs = fc.record({ do: fc.constant('runs' as const), agent, count: few, signals, exit });
  const many = fc.integer(bulkOf);
  const bulk = fc.record({
    do: fc.constant('runs' as const),
    agent,
    count: many,
    signals: fc.constantFrom(0, 1, 1),
    exit,
  });
  const usual = [
    { arbitrary: runs, weight: 3 },
    { arbitrary: bulk, weight: 5 },
    { arbitrary: fc.record({ do: fc.constant('unanalysed runs' as const), agent, count: few }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('analyse' as const), at, count: few, signals }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('drop runs' as const), at, count: burst }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('drop oldest runs' as const), agent, count: burst }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('expire runs' as const), at, count: burst }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('alert' as const), at }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('wipe' as const) }), weight: 1 },
  ];
  const growing = [
    { arbitrary: fc.record({ do: fc.constant('late signal' as const), at }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('unreadable signal' as const), agent }), weight: 1 },
  ];
  const shrinking = [
    { arbitrary: fc.record({ do: fc.constant('delete signals' as const), at, count: burst }), weight: 3 },
  ];
  return fc.oneof(
    ...usual,
    ...(kind === 'shrinks' ? [] : growing),
    ...(kind === 'grows' ? [] : shrinking),
    ...(kind === 'anything' ? spoilings(at, burst) : []),
    ...newestChanges(newest),
  );
}

/** Evidence with a text that somebody wrote, and that the summary quotes. */
const withRawText = (one: SignalSpec, made: number): SignalSpec => ({
  ...one,
  evidence: { tool: 'web_search', count: 5, window: 5, args_snippet: `question ${made}` },
});

const spec: SignalSpec = { failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 4 };

/** The upstream side of a history: makes changes, and remembers when each row came to be. */
export interface Upstream {
  change(change: Change): void;
  /** When the row appeared in its list (Unix seconds), and whether it came in on top. */
  born(list: 'runs' | 'signals', id: string | number): { at: number; onTop: boolean };
  /** How a row is spoiled on its way; undefined: not at all. */
  howOf(list: ListOfRows, id: string): Spoiling | undefined;
  /** Agents whose lists changed while the agents list did not show them: only a full pass looks there again. */
  readonly unseen: ReadonlySet<string>;
  /** Runs that went on top again since the mirror was last known to be the API. */
  readonly moved: Set<string>;
  readonly wipes: number;
}

export function createUpstream(backend: SampleBackend, clock: Clock & { advance(seconds: number): void }): Upstream {
  const born = new Map<string, { at: number; onTop: boolean }>();
  const unseen = new Set<string>();
  const moved = new Set<string>();
  const spoiled = new Map<string, Spoiling>();
  let waiting: { runId: string; agentId: string }[] = [];
  let made = 0;
  let wipes = 0;

  const isListed = (agentId: string) => backend.agents().some((row) => row.agent_id === agentId);
  const allRuns = (): WireRun[] => everyAgentId.flatMap((id) => backend.runs(id));
  const allSignals = (): WireSignal[] => everyAgentId.flatMap((id) => backend.signals(id));

  /** `count` rows from `first` on, around the corner. */
  function pick<Row>(rows: readonly Row[], first: number, count: number): Row[] {
    const start = rows.length === 0 ? 0 : first % rows.length;
    return rows.slice(start, start + count);
  }

  function touch(agentId: string): void {
    if (!isListed(agentId)) unseen.add(agentId);
  }

  function ingest(agentId: string, exitReason = 'run.completed'): string {
    made += 1;
    const runId = `run-${made}`;
    const now = clock.now();
    backend.ingestRun({
      runId,
      agentId,
      agentVersion: `v${made % 3}`,
      startedAt: now - 20 - (made % 7),
      completedAt: now - 10,
      exitReason,
      totalTokens: made % 2 === 0 ? made : null,
      costUsd: made % 2 === 0 ? made / 100 : null,
    });
    unseen.delete(agentId);
    return runId;
  }

  function analyse(runId: string, agentId: string, specs: readonly SignalSpec[]): void {
    const isNew = backend.runDetail(runId) === undefined;
    const found = backend.analyse(runId, specs);
    const at = clock.now();
    if (isNew) born.set(`runs ${runId}`, { at, onTop: true });
    for (const { id } of found) born.set(`signals ${id}`, { at, onTop: isNew });
    touch(agentId);
  }

  /** Later ones have another severity, so that ties can be told apart. */
  const specs = (count: number): SignalSpec[] =>
    [spec, { ...spec, severity: 'LOW' as const }, { ...spec, failureType: 'CONTEXT_BLOAT' }]
      .slice(0, count)
      .map((one) => (backend.generation === 3 ? withRawText(one, made) : one));

  function change(what: Change): void {
    clock.advance(1);
    switch (what.do) {
      case 'runs':
        for (let n = 0; n < what.count; n += 1) {
          if (n % 3 === 0) clock.advance(1);
          analyse(ingest(what.agent, what.exit), what.agent, specs(what.signals));
        }
        break;
      case 'unanalysed runs':
        for (let n = 0; n < what.count; n += 1) {
          waiting.push({ runId: ingest(what.agent), agentId: what.agent });
        }
        break;
      case 'analyse': {
        const picked = pick(waiting, what.at, what.count);
        waiting = waiting.filter((run) => !picked.includes(run));
        for (const { runId, agentId } of picked) analyse(runId, agentId, specs(what.signals));
        break;
      }
      case 'late signal':
        for (const run of pick(allRuns(), what.at, 1)) {
          analyse(run.run_id, run.agent_id, [{ ...spec, detectedAt: (run.completed_at ?? clock.now() - 100) + 1 }]);
        }
        break;
      case 'unreadable signal':
        analyse(ingest(what.agent), what.agent, [{ ...spec, failureType: '' }]);
        break;
      case 'delete signals':
        for (const { id, agent_id } of pick(allSignals(), what.at, what.count)) {
          touch(agent_id);
          backend.deleteSignal(id);
        }
        break;
      case 'drop runs':
        for (const { run_id, agent_id } of pick(allRuns(), what.at, what.count)) {
          touch(agent_id);
          backend.dropRun(run_id);
        }
        break;
      case 'drop oldest runs':
        for (const { run_id, agent_id } of backend.runs(what.agent).slice(-what.count)) {
          touch(agent_id);
          backend.dropRun(run_id);
        }
        break;
      case 'expire runs':
        for (const { run_id } of pick(allRuns(), what.at, what.count)) backend.expireEvents(run_id);
        break;
      case 'alert':
        for (const { id } of pick(allSignals(), what.at, 1)) backend.setAlerted(id);
        break;
      case 'spoil': {
        const lists = { agents: () => backend.agents(), runs: allRuns, signals: allSignals };
        for (const row of pick<object>(lists[what.list](), what.at, what.count))
          spoiled.set(spoilKey(what.list, row), what.how);
        break;
      }
      case 'mend':
        for (const key of [...spoiled.keys()].slice(0, what.count)) spoiled.delete(key);
        break;
      case 'late events':
      case 'evaluated':
      case 'evidence stripped':
      case 'daily pass':
      case 'ties swapped':
      case 'slashed runs':
        makeNewestChange(what, {
          backend,
          now: clock.now(),
          runs: (first, count) => pick(allRuns(), first, count),
          signals: (first, count) => pick(allSignals(), first, count),
          specs,
          touch,
          add: (agentId, found) => analyse(ingest(agentId), agentId, found),
          moved: (runId) => void moved.add(runId),
          came: (list, id) => void born.set(`${list} ${id}`, { at: clock.now(), onTop: true }),
        });
        break;
      case 'wipe':
        spoiled.clear();
        moved.clear();
        for (const id of everyAgentId) touch(id);
        backend.wipe();
        born.clear();
        waiting = [];
        wipes += 1;
        break;
    }
  }

  return {
    change,
    born: (list, id) => born.get(`${list} ${id}`) ?? { at: Number.POSITIVE_INFINITY, onTop: false },
    howOf: (list, id) => spoiled.get(`${list} ${id}`),
    unseen,
    moved,
    get wipes() {
      return wipes;
    },
  };
}
