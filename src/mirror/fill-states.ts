import * as z from 'zod';
import type { HandedRow } from '../db/handed-tables.ts';
import type { Mirror } from '../db/open.ts';
import { movingLists } from '../lists/names.ts';
import type { PassOf } from './fill-changes.ts';
import { emptyListState, type ListState } from './list-state.ts';
import { createSyncStateStore } from './sync-state.ts';

/** How far the lists of another mirror were read, and what of that its rows have here. */

const sentState = z.object({
  agent: z.int(),
  list: z.enum(movingLists),
  tail_pass: z.int().nullable(),
  tail_replaces: z.int(),
  done_pass: z.int(),
  full_pass: z.int(),
  kept_from: z.number(),
  top_place: z.int(),
  deficit: z.int(),
});

type SentState = z.infer<typeof sentState>;

/** Rows that are joined to the top of their list are of the first pass here, others of the second. */
const passes = { joined: 1, loose: 2 } as const;

export interface FillStates {
  readonly sent: readonly SentState[];
  readonly passOf: PassOf;
}

export function readFillStates(rows: Iterable<HandedRow>): FillStates {
  const sent = Array.from(rows, (row) => sentState.parse(row));
  const byList = new Map(sent.map((state) => [`${state.list}:${state.agent}`, state]));
  return {
    sent,
    passOf: (list, { agent, pass }) => {
      if (typeof pass !== 'number') return null;
      const state = byList.get(`${list}:${agent}`);
      const isJoined = state !== undefined && (pass <= state.done_pass || pass === state.tail_pass);
      return isJoined ? passes.joined : passes.loose;
    },
  };
}

/**
 * Lists that were mirrored whole there go on from their top here; that they are whole is not proven until a walk over all
 * of one ends: until then `fullAt` is 0 (`isUnproven`). The others begin again.
 */
export function saveFillStates(mirror: Mirror, { sent }: FillStates, onlyAgents: string | null): void {
  const store = createSyncStateStore(mirror);
  for (const state of sent) {
    const { agent, list, deficit } = state;
    const empty = { ...emptyListState(agent, list), rows: countLive(mirror, state), topPlace: state.top_place };
    const isWhole = state.full_pass > 0 && state.tail_replaces === 0;
    const whole = { donePass: passes.joined, fullAt: 0, keptFrom: state.kept_from, deficit };
    store.save(isWhole ? { ...empty, ...whole, phase: wholePhase } : empty);
  }
  while (store.nextPass() < passes.loose);
  store.saveFleet({ onlyAgents });
}

const wholePhase = { is: 'whole', fullPass: passes.joined } as const satisfies ListState['phase'];

const countLive = ({ sqlite }: Mirror, { agent, list }: SentState) =>
  sqlite
    .prepare<[number], number>(`select count(*) from ${list} where agent = ? and gone_at is null and pass is not null`)
    .pluck()
    .get(agent) ?? 0;
