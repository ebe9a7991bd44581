import type { Removed } from './stamps.ts';

/** What is done with the rows of an agent's list, whatever they hold. Times are Unix seconds. */
export interface ListStore {
  /** How many rows the API lists as far as is known, brought by `pass` or a later one. */
  countSince(agent: number, pass: number): number;
  countLive(agent: number): number;
  /** Marks what no pass since `pass` has seen, but for what is from before `keepFrom` and not looked for. */
  markUnseen(agent: number, pass: number, now: number, keepFrom: number): void;
  /** Marks all rows of all agents. */
  markAll(now: number): void;
  removeUnseen(agent: number, pass: number): void;
  /** Removes some of an agent's rows from before `keepFrom`: at most twice `limit`. */
  removeOld(agent: number, keepFrom: number, limit: number): Removed;
  /** The list is the API's now, as far as is known. */
  rested?(agent: number): void;
  /** Of a list whose order is remembered. */
  order?: ListOrder;
}

export interface ListOrder {
  /** How many of an agent's listed rows stand above a place; below are also those whose place is not known. */
  countAround(agent: number, place: number): { above: number; below: number };
  /** Marks the rows below a place, as `markUnseen` does. @returns how many. */
  markBelow(agent: number, place: number, now: number, keepFrom: number): number;
}
