import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import { schemaVersion } from '../src/db/migrate.ts';
import { openMirror, openReader, type Reader } from '../src/db/open.ts';
import { emptyListState } from '../src/mirror/list-state.ts';
import { createStore, type Store } from '../src/mirror/store.ts';
import { type Random, seededRandom } from '../src/sample/random.ts';
import { seenOf } from '../src/sync/plan.ts';
import { runOf, type WorldRun } from './world-rows.ts';

/** A mirror with so many signals of so many agents, as a complete sync would have left it. */
export interface WorldSize {
  signals: number;
  agents: number;
}

export interface World extends WorldSize {
  file: string;
  /** How long writing it took, in seconds; undefined when it was there already. */
  builtIn: number | undefined;
}

/** What the mirrors of the bench belong to; the stub API listens there. */
export const benchKey = 'dt_dev_bench';
export const benchPort = 18_473;
export const benchUrl = `http://127.0.0.1:${benchPort}`;
const owner = { apiUrl: benchUrl, apiKey: benchKey };

const seconds = { day: 86_400, hour: 3600 };
/** The API keeps runs and signals for so long. */
const span = 90 * seconds.day;
const runsPerTransaction = 2000;
/** As the poller's lane would fetch them: the events of all runs of 30 days, and before that of one run a day of each agent. */
const eventsSpan = 30 * seconds.day;

/** One agent has a fifth of all, the next less, as in most fleets. */
function agentPicker(count: number, random: Random): () => number {
  const shares = Array.from({ length: count }, (_, place) => 1 / (place + 1.5));
  const all = shares.reduce((sum, share) => sum + share, 0);
  return () => {
    let left = random.next() * all;
    const found = shares.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    return Math.max(0, found);
  };
}

interface Tally {
  id: number;
  runs: number;
  signals: number;
  critical: number;
  high: number;
  lastSeen: number;
  types: Map<string, number>;
  /** The day, counted back from now, of the last run before `eventsSpan` that was given its events. */
  sampledDay: number;
}

export const agentName = (place: number) => `agent-${String(place).padStart(3, '0')}`;

function hasEvents({ row }: WorldRun, tally: Tally, now: number): boolean {
  const age = now - (row.completedAt ?? 0);
  if (age < eventsSpan) return true;
  const day = Math.floor(age / seconds.day);
  const isFirst = day > tally.sampledDay;
  tally.sampledDay = day;
  return isFirst;
}

function putRun(store: Store, run: WorldRun, tally: Tally, now: number): void {
  const stamp = { agent: tally.id, pass: 1 };
  store.runs.put(run.row, undefined, stamp);
  const number = store.runs.ensure(run.row.runId, tally.id);
  for (const signal of run.signals) {
    store.signals.put(signal, undefined, stamp);
    tally.types.set(signal.failureType, (tally.types.get(signal.failureType) ?? 0) + 1);
    if (signal.severity === 'CRITICAL') tally.critical += 1;
    if (signal.severity === 'HIGH') tally.high += 1;
  }
  if (hasEvents(run, tally, now)) {
    store.runs.putDetail(run.row, tally.id, now);
    store.runEvents.put(number, run.events());
  }
  tally.runs += 1;
  tally.signals += run.signals.length;
  tally.lastSeen = Math.max(tally.lastSeen, run.row.completedAt ?? 0);
}

/** Writes the world newest first, as a first sync does, through the store that the syncer writes with. */
function fill(store: Store, { signals, agents }: WorldSize, now: number): void {
  const random = seededRandom(7);
  const pick = agentPicker(agents, random);
  const runs = Math.round(signals / 2);
  const tallies = store.write(() =>
    Array.from({ length: agents }, (_, place): Tally => {
      const id = store.agents.ensure(agentName(place));
      return { id, runs: 0, signals: 0, critical: 0, high: 0, lastSeen: 0, types: new Map(), sampledDay: 0 };
    }),
  );
  let left = signals;
  for (let begun = 0; begun < runs; begun += runsPerTransaction) {
    store.write(() => {
      for (let place = begun; place < Math.min(runs, begun + runsPerTransaction); place += 1) {
        const agent = pick();
        const tally = tallies[agent];
        if (!tally) continue;
        const endedAt = now - seconds.hour - (place / runs) * span;
        const run = runOf({ random, agentId: agentName(agent), endedAt, topId: left, age: place / runs });
        left -= run.signals.length;
        putRun(store, run, tally, now);
      }
    });
  }
  store.write(() => {
    for (const [place, tally] of tallies.entries()) finishAgent(store, agentName(place), tally, now);
    store.syncState.nextPass();
    store.syncState.saveFleet({ beganAt: now, completedAt: now, syncedAt: now });
  });
}

function finishAgent(store: Store, agentId: string, tally: Tally, now: number): void {
  const { id, runs, signals, critical, high, lastSeen, types } = tally;
  const counts = { runCount: runs, signalCount: signals, criticalCount: critical, highCount: high, lastSeen };
  const failureTypes = JSON.stringify(Object.fromEntries(types));
  store.agents.put({ agentId, ...counts, sparkline: '[]', failureTypes, extra: null }, 1);
  const seen = seenOf({ runCount: runs, signalCount: signals, lastSeen, goneAt: null });
  const times = { beganAt: now, completedAt: now, fullAt: now };
  const whole = { phase: { is: 'whole', fullPass: 1 }, donePass: 1, coveredFrom: 0, ...times, seen } as const;
  for (const list of ['runs', 'signals'] as const)
    store.syncState.save({ ...emptyListState(id, list), ...whole, rows: list === 'runs' ? runs : signals });
}

/** A world's newest rows may be so old. */
const maxAge = 2 * seconds.day;

/** The mirror's file of a world, built unless it is there: named after its size, the schema, the code that fills it and its newest moment. */
export function prepareWorld(size: WorldSize): World {
  const folder = join(tmpdir(), 'dunetrace-bench');
  mkdirSync(folder, { recursive: true });
  const makers = createHash('sha256').update(`${fill}${putRun}${hasEvents}${runOf}`).digest('hex').slice(0, 8);
  const kind = `world-${size.signals}-${size.agents}-`;
  const name = `${kind}v${schemaVersion()}-${makers}-`;
  const now = Date.now() / 1000;
  const found = readdirSync(folder).find((file) => {
    const newest = file.startsWith(name) && file.endsWith('.db') ? Number(file.slice(name.length, -3)) : 0;
    return now - newest < maxAge;
  });
  if (found !== undefined) return { ...size, file: join(folder, found), builtIn: undefined };
  for (const old of readdirSync(folder)) if (old.startsWith(kind)) rmSync(join(folder, old));
  const newest = Math.floor(now / seconds.day) * seconds.day;
  const file = join(folder, `${name}${newest}.db`);
  const began = performance.now();
  const { mirror } = openMirror(`${file}.part`, owner, systemClock);
  fill(createStore(mirror), size, newest);
  mirror.close();
  renameSync(`${file}.part`, file);
  return { ...size, file, builtIn: (performance.now() - began) / 1000 };
}

/** Opens a world's mirror for looking up what to ask about. */
export const readWorld = ({ file }: World): Reader => openReader(file, owner);

/** Another connection, whose commits to a world's mirror change nothing that an answer shows. */
export function createToucher({ file }: World): { touch: () => void; close: () => void } {
  const { mirror } = openMirror(file, owner, systemClock);
  const move = mirror.sqlite.prepare('update fleet_state set last_pass = last_pass + 1');
  return { touch: () => void move.run(), close: () => mirror.close() };
}
