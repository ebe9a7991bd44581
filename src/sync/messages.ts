import * as z from 'zod';
import { movingLists } from '../lists/names.ts';
import { recordListNames } from '../lists/records.ts';

/** Messages between the main thread and the syncer's thread. */

const want = z.discriminatedUnion('of', [
  z.object({ of: z.literal('fleet') }),
  z.object({ of: z.literal('agent'), id: z.string() }),
  z.object({ of: z.literal('run'), id: z.string() }),
  z.object({ of: z.literal('records'), list: z.enum(recordListNames), owner: z.string() }),
]);

export const toSyncer = z.discriminatedUnion('say', [
  /** `newPass`: a pass that begins after this message, and reports its progress. */
  z.object({ say: z.literal('sync'), ask: z.int(), want: want, newPass: z.boolean() }),
  /** No question waits for this one any more. */
  z.object({ say: z.literal('leave'), ask: z.int() }),
  /** The server had an MCP call. */
  z.object({ say: z.literal('called') }),
  /** Is the mirror's file still the one we opened? `damaged`: a reader found the file with this identity damaged. */
  z.object({ say: z.literal('look'), ask: z.int(), damaged: z.string().optional() }),
  z.object({ say: z.literal('stop') }),
]);

const trouble = z.object({ kind: z.string(), message: z.string() });

/** What a pass did, for its caller. */
const passed = z.object({
  agents: z.int(),
  added: z.record(z.enum(movingLists), z.int()),
  requests: z.int(),
  seconds: z.number(),
  badRows: z.int(),
  failures: z.array(z.object({ agentId: z.string().nullable(), list: z.string(), message: z.string() })),
});

/** Where the mirror is, and what is wrong with it, in sentences. */
const homeState = z.object({
  file: z.string(),
  /** It lasts only as long as this process: the mirror's own file is unusable. */
  isTemporary: z.boolean(),
  /** What is wrong until a user fixes it, with the next step. */
  trouble: z.string().optional(),
  /** What happened to the file just now. */
  happened: z.string().optional(),
  /** Why there is no mirror at all. */
  refusal: z.string().optional(),
});

export const fromSyncer = z.discriminatedUnion('say', [
  /** At the start, and whenever it changes. `isReopened`: readers of the mirror must open it again. */
  z.object({ say: z.literal('home'), state: homeState, isReopened: z.boolean() }),
  /**
   * The syncer can't go on, and its thread ends. `isFinal`: with the same settings, another thread would fail as well.
   */
  z.object({ say: z.literal('failed'), trouble: trouble, isFinal: z.boolean() }),
  /** The requested sync has ended. */
  z.object({ say: z.literal('synced'), ask: z.int(), trouble: trouble.optional(), passed: passed.optional() }),
  /** The progress of a pass: the one for `ask`, or the poller's. */
  z.object({
    say: z.literal('progress'),
    ask: z.int().optional(),
    agentsDone: z.int(),
    agentsTotal: z.int(),
    rows: z.int(),
    rowsTotal: z.int(),
    listsDone: z.int(),
    listsTotal: z.int(),
    waiting: z.object({ until: z.number(), why: z.string().optional() }).optional(),
  }),
]);

export type HomeState = z.infer<typeof homeState>;
export type Want = z.infer<typeof want>;
export type Trouble = z.infer<typeof trouble>;
export type Passed = z.infer<typeof passed>;
export type ToSyncer = z.infer<typeof toSyncer>;
export type FromSyncer = z.infer<typeof fromSyncer>;
