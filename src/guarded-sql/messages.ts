import * as z from 'zod';

/** The messages between the process that asks and the child that answers. */

const limits = z.object({
  rows: z.int(),
  columns: z.int(),
  /** Characters of one cell; in a row with many columns each cell gets fewer. */
  cellChars: z.int(),
  rowChars: z.int(),
  totalChars: z.int(),
});

/** One statement, for one mirror file and its owner. */
export const question = z.object({
  file: z.string(),
  owner: z.object({ apiUrl: z.string(), apiKey: z.string() }),
  sql: z.string(),
  limits: limits,
});

const cell = z.union([z.string(), z.number(), z.null()]);

export const fromChild = z.discriminatedUnion('say', [
  z.object({ say: z.literal('ready') }),
  z.object({
    say: z.literal('rows'),
    columns: z.array(z.string()),
    rows: z.array(z.array(cell)),
    /** There are more rows; how many is unknown. */
    truncated: z.boolean(),
    /** How many cells are cut. */
    cutCells: z.int(),
    /** Whether the child can run another statement. */
    isWell: z.boolean(),
  }),
  /** The statement is refused, or fails. */
  z.object({ say: z.literal('refused'), message: z.string() }),
  /** The file can't be read, with the kind of MirrorError. */
  z.object({
    say: z.literal('unreadable'),
    kind: z.enum(['addon', 'foreign', 'newer', 'outdated', 'other_owner', 'unusable', 'corrupt', 'missing', 'handed']),
    message: z.string(),
  }),
  /** A bug. */
  z.object({ say: z.literal('failed'), message: z.string() }),
]);

export type Limits = z.infer<typeof limits>;
export type Question = z.infer<typeof question>;
export type FromChild = z.infer<typeof fromChild>;
