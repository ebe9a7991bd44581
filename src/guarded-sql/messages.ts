import * as z from 'zod';
import { streamFormats } from '../text/rows.ts';

/** The messages between the process that asks and the child that answers. */

/** Whose mirror a statement may read: the one of a URL and a key, or anyone's. */
const access = z.discriminatedUnion('of', [
  z.object({ of: z.literal('owner'), apiUrl: z.string(), apiKey: z.string() }),
  z.object({ of: z.literal('anyone') }),
]);

const limits = z.object({
  rows: z.int(),
  columns: z.int(),
  /** Characters of one cell; in a row with many columns each cell gets fewer. */
  cellChars: z.int(),
  rowChars: z.int(),
  totalChars: z.int(),
});

/** One statement, for one mirror file. */
const question = z.object({ file: z.string(), access: access, sql: z.string(), limits: limits });

/** A statement whose rows leave as text, through a pipe: no row is kept, so they may be any number. */
const stream = z.object({
  file: z.string(),
  access: access,
  sql: z.string(),
  limits: z.object({ rows: z.int(), columns: z.int(), cellChars: z.int() }),
  format: z.enum(streamFormats),
  /** Whether the text goes to a terminal. */
  isTerminal: z.boolean(),
});

export const toChild = z.discriminatedUnion('ask', [
  question.extend({ ask: z.literal('rows') }),
  /** It is the child's last: the end of the pipe is the end of the rows. */
  stream.extend({ ask: z.literal('stream') }),
]);

const cell = z.union([z.string(), z.number(), z.null()]);

/** Whether there are more rows, whose number is unknown, and how many cells are cut. */
const ending = { truncated: z.boolean(), cutCells: z.int() };

export const fromChild = z.discriminatedUnion('say', [
  z.object({ say: z.literal('ready') }),
  z.object({
    say: z.literal('rows'),
    columns: z.array(z.object({ name: z.string(), isExact: z.boolean() })),
    rows: z.array(z.array(cell)),
    ...ending,
    /** Whether the child can run another statement. */
    isWell: z.boolean(),
  }),
  /** All rows have left. */
  z.object({ say: z.literal('streamed'), rows: z.int(), ...ending }),
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

export type Access = z.infer<typeof access>;
export type Limits = z.infer<typeof limits>;
export type Question = z.infer<typeof question>;
export type Stream = z.infer<typeof stream>;
export type ToChild = z.infer<typeof toChild>;
export type FromChild = z.infer<typeof fromChild>;
