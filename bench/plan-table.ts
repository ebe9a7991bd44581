import { size } from '../src/text/sync.ts';
import { duration } from '../src/text/time.ts';

/** Computes what a mirror of some size takes, from what a row does. Everything here is pure. */

/** What was measured. */
export interface Rates {
  rowsPerSecond: number;
  /** Bytes of a row in the API's answers. */
  wireBytes: number;
  /** Bytes in the file: of a run, of a signal, of the events of a run. */
  runBytes: number;
  signalBytes: number;
  eventBytes: number;
}

export interface Fleet {
  agents: number;
  runs: number;
  signals: number;
  /** Runs whose events are mirrored. */
  withEvents: number;
}

/** Requests a minute, by default: of these passes leave a tenth for questions, and the events of runs get half. */
const perMinute = { passes: 270, events: 150 };
/** Rows that a page adds: of its 500, ten are those of the page before. */
const pageRows = 490;

/** How long so many requests take at a rate, or the rows that come with them to be stored. */
const seconds = (requests: number, rate: number, storing = 0) => Math.max((requests / rate) * 60, storing);

const count = (value: number) => Math.round(value).toLocaleString('en');

/** Requests of a first sync: the agents, and the pages of each agent's two lists, which have rows alike. */
export function firstRequests({ agents, runs, signals }: Fleet): number {
  const pages = (rows: number) => agents * Math.max(1, Math.ceil(rows / agents / pageRows));
  return Math.ceil(agents / 500) + pages(runs) + pages(signals);
}

/** How long the events of so many runs take, in seconds. */
export const eventSeconds = (runs: number): number => seconds(runs, perMinute.events);

export const planHead = [
  'agents',
  'runs / signals',
  'first sync: requests',
  'over the network',
  'time',
  'events: runs (requests)',
  'time',
  'file',
  'with events',
] as const;

export function planRow(fleet: Fleet, rates: Rates): string[] {
  const { agents, runs, signals, withEvents } = fleet;
  const rows = runs + signals;
  const requests = firstRequests(fleet);
  const file = runs * rates.runBytes + signals * rates.signalBytes;
  return [
    count(agents),
    `${count(runs)} / ${count(signals)}`,
    count(requests),
    size(rows * rates.wireBytes),
    duration(seconds(requests, perMinute.passes, rows / rates.rowsPerSecond)),
    count(withEvents),
    duration(eventSeconds(withEvents)),
    size(file),
    size(file + withEvents * rates.eventBytes),
  ];
}
