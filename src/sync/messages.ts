import { z } from 'zod';

/** What the main thread and the syncer's thread say to each other. */

export const want = z.discriminatedUnion('of', [
  z.object({ of: z.literal('fleet') }),
  z.object({ of: z.literal('agent'), id: z.string() }),
  z.object({ of: z.literal('run'), id: z.string() }),
]);

export const toSyncer = z.discriminatedUnion('say', [
  /** `anew`: a pass that begins after this, with its progress told. */
  z.object({ say: z.literal('sync'), ask: z.int(), want, anew: z.boolean() }),
  /** Nobody waits for this one any more. */
  z.object({ say: z.literal('leave'), ask: z.int() }),
  z.object({ say: z.literal('stop') }),
]);

const trouble = z.object({ kind: z.string(), message: z.string() });

/** What a pass did, for whoever asked for it. */
const passed = z.object({
  agents: z.int(),
  newRuns: z.int(),
  newSignals: z.int(),
  requests: z.int(),
  seconds: z.number(),
  badRows: z.int(),
  failures: z.array(z.object({ agentId: z.string(), list: z.string(), message: z.string() })),
});

export const fromSyncer = z.discriminatedUnion('say', [
  /** The mirror can be read: at the start, and when its file had to be begun anew. */
  z.object({ say: z.literal('opened') }),
  /** The mirror can't be used, or the syncer has failed: no more syncs from this process. */
  z.object({ say: z.literal('failed'), trouble }),
  /** A sync that was asked for has ended. */
  z.object({ say: z.literal('synced'), ask: z.int(), trouble: trouble.optional(), passed: passed.optional() }),
  /** The API asks for patience: no request leaves for so many milliseconds. */
  z.object({ say: z.literal('held'), trouble, ms: z.number() }),
  /** How far a pass is: that of `ask`, or the poller's. */
  z.object({
    say: z.literal('progress'),
    ask: z.int().optional(),
    agentsDone: z.int(),
    agentsTotal: z.int(),
    rows: z.int(),
    rowsTotal: z.int(),
  }),
]);

export type Want = z.infer<typeof want>;
export type Trouble = z.infer<typeof trouble>;
export type Passed = z.infer<typeof passed>;
export type ToSyncer = z.infer<typeof toSyncer>;
export type FromSyncer = z.infer<typeof fromSyncer>;
