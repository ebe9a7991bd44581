import * as z from 'zod';
import { movingLists } from '../lists/names.ts';

/** What the main thread and the syncer's thread say to each other. */

const want = z.discriminatedUnion('of', [
  z.object({ of: z.literal('fleet') }),
  z.object({ of: z.literal('agent'), id: z.string() }),
  z.object({ of: z.literal('run'), id: z.string() }),
]);

export const toSyncer = z.discriminatedUnion('say', [
  /** `anew`: a pass that begins after this, with its progress told. */
  z.object({ say: z.literal('sync'), ask: z.int(), want: want, anew: z.boolean() }),
  /** Nobody waits for this one any more. */
  z.object({ say: z.literal('leave'), ask: z.int() }),
  /** The server had an MCP call. */
  z.object({ say: z.literal('called') }),
  /** Is the mirror's file still what was opened? `damaged`: a reader found the one with this identity damaged. */
  z.object({ say: z.literal('look'), ask: z.int(), damaged: z.string().optional() }),
  z.object({ say: z.literal('stop') }),
]);

const trouble = z.object({ kind: z.string(), message: z.string() });

/** What a pass did, for whoever asked for it. */
const passed = z.object({
  agents: z.int(),
  added: z.record(z.enum(movingLists), z.int()),
  requests: z.int(),
  seconds: z.number(),
  badRows: z.int(),
  failures: z.array(z.object({ agentId: z.string().nullable(), list: z.string(), message: z.string() })),
});

/** Where the mirror is, and what ails it, in sentences. */
const homeState = z.object({
  file: z.string(),
  /** It lasts no longer than this process: the mirror's own file can't be used. */
  isTemporary: z.boolean(),
  /** What is so until it is mended, with the way on. */
  trouble: z.string().optional(),
  /** What became of the file just now. */
  happened: z.string().optional(),
  /** Why there is no mirror at all. */
  refusal: z.string().optional(),
});

export const fromSyncer = z.discriminatedUnion('say', [
  /** At the start, and whenever it changes. `isReopened`: whoever reads the mirror has to open it anew. */
  z.object({ say: z.literal('home'), state: homeState, isReopened: z.boolean() }),
  /** The syncer can't go on, and its thread ends. `isFinal`: nor could another one, with the same settings. */
  z.object({ say: z.literal('failed'), trouble: trouble, isFinal: z.boolean() }),
  /** What was asked for has ended. */
  z.object({ say: z.literal('synced'), ask: z.int(), trouble: trouble.optional(), passed: passed.optional() }),
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

export type HomeState = z.infer<typeof homeState>;
export type Want = z.infer<typeof want>;
export type Trouble = z.infer<typeof trouble>;
export type Passed = z.infer<typeof passed>;
export type ToSyncer = z.infer<typeof toSyncer>;
export type FromSyncer = z.infer<typeof fromSyncer>;
