import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { UsageError } from '../errors.ts';
import type { SqlGuard } from '../guarded-sql/guard.ts';
import { nearest } from '../nearest.ts';
import { printable } from '../printable.ts';
import type { Ensure } from '../sync/ensure.ts';
import type { Freshness } from '../sync/freshness.ts';
import { freshnessLine } from '../text/freshness.ts';
import { type NextCall, nextLine } from '../text/next.ts';
import { cleanLines, cleanObject } from './clean.ts';
import { inputJsonSchema, type JsonObjectSchema, outputJsonSchema } from './json-schema.ts';

/** All that a tool may use: the mirror by way of `ensure`, and the time. */
export interface ToolContext {
  ensure: Omit<Ensure, 'stop'>;
  /** Ad hoc SQL, in a process of its own. */
  sql: Pick<SqlGuard, 'ask'>;
  clock: Pick<Clock, 'now'>;
  /** The user's own price table, instead of the one in the package. */
  pricesFile?: string | undefined;
}

/** How far a long call has come; `progress` only grows. */
export interface CallProgress {
  progress: number;
  total?: number;
  message: string;
}

/** The call itself, for tools that take long. */
export interface ToolCall {
  /** Aborts when the client cancels the call. */
  signal: AbortSignal;
  onProgress(progress: CallProgress): void;
  /** Who calls, told apart by identity: what each may have at once is counted by it. */
  caller: object;
}

/** An answer: the same facts as lines for people and as an object for programs. */
export interface Answer {
  text: string;
  structured: Record<string, unknown>;
  /** Where it came from and how old it is; both forms tell it too. */
  freshness: Freshness;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObjectSchema;
  outputSchema: JsonObjectSchema;
  /** Whether it asks the API in any case. */
  isLive: boolean;
  /** @throws UsageError for arguments that don't fit, naming those that do. */
  call(args: unknown, context: ToolContext, call: ToolCall): Promise<Answer>;
}

const freshnessShape = z.object({
  source: z.enum(['mirror', 'live', 'temporary']),
  synced_at: z.string().nullable(),
  age_seconds: z.number().nullable(),
  stale: z.boolean(),
  covered: z.boolean(),
  unread: z.object({ agents: z.number(), runs: z.number(), signals: z.number() }).optional(),
  note: z.string().optional(),
});

interface Definition<Input extends z.ZodRawShape, Output extends z.ZodRawShape> {
  name: string;
  title: string;
  /** When to use it, and when another tool is better. */
  description: string;
  /** What it takes, made when it is first called or listed, as what it gives: no start waits for the schemas of all tools. */
  input: z.ZodObject<Input>;
  output: z.ZodObject<Output>;
  isLive?: boolean;
  handler(
    args: z.infer<z.ZodObject<Input>>,
    context: ToolContext,
    call: ToolCall,
  ): Promise<{
    lines: readonly string[];
    structured: z.infer<z.ZodObject<Output>>;
    freshness: Freshness;
    /** What the caller should know about how the question was taken. */
    notes?: readonly string[];
    /** Up to three calls that people make after this one. */
    next?: readonly NextCall[];
  }>;
}

/** One tool: its name, what it takes, what it gives, and how it answers. */
export function defineTool<Input extends z.ZodRawShape, Output extends z.ZodRawShape>(
  definition: Definition<Input, Output>,
): Tool {
  const { name, title, description, input, output, handler, isLive = false } = definition;
  return {
    name,
    title,
    description,
    inputSchema: inputJsonSchema(input),
    // `notes` and `next`, which any answer may have, go without saying.
    outputSchema: outputJsonSchema(output.extend({ freshness: freshnessShape })),
    isLive,
    call: async (args, context, call) => {
      const taken = withoutNulls(args ?? {}, input);
      const parsed = input.safeParse(taken);
      if (!parsed.success) throw new UsageError(explainArguments(name, input, taken, parsed.error));
      const { lines, structured, freshness, notes = [], next = [] } = await handler(parsed.data, context, call);
      const told = {
        ...structured,
        ...(notes.length === 0 ? {} : { notes }),
        ...(next.length === 0 ? {} : { next }),
        freshness,
      };
      const after = [...notes.flatMap((note) => ['', `(${note})`]), ...(next.length === 0 ? [] : ['', nextLine(next)])];
      return {
        text: cleanLines([...lines, ...after, '', freshnessLine(freshness)].join('\n')),
        structured: cleanObject(told),
        freshness,
      };
    },
  };
}

/** The arguments without those that are null: some clients have a model give all, and null for what it leaves out. */
function withoutNulls(args: unknown, { shape }: z.ZodObject): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(
    Object.entries(args).filter(([name, value]) => value !== null || !Object.hasOwn(shape, name)),
  );
}

/** What a person or a model typed, short enough to be shown back. */
function shown(text: string): string {
  return JSON.stringify(printable(text.length > 60 ? `${text.slice(0, 60)}…` : text));
}

function explainArguments(name: string, input: z.ZodObject, args: unknown, error: z.ZodError): string {
  const given = new Set(Object.keys(args ?? {}));
  const valid = Object.keys(input.shape);
  const takes = valid.length === 0 ? 'takes no arguments' : `takes ${valid.join(', ')}`;
  const problems = error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const unknown = issue.keys.map((key) => {
        const [meant] = nearest(key, valid, 1);
        return `${shown(key)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
      });
      return `it has no argument ${unknown.join(', ')}`;
    }
    const argument = issue.path.join('.') || 'the arguments';
    if (issue.path[0] !== undefined && !given.has(String(issue.path[0]))) return `${argument} is missing`;
    return `${argument}: ${issue.message}`;
  });
  return `${name} can't be called so: ${problems.join('; ')}. It ${takes}.`;
}
