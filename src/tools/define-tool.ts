import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { UsageError } from '../errors.ts';
import type { Ensure } from '../sync/ensure.ts';
import type { Freshness } from '../sync/freshness.ts';
import { freshnessLine } from '../text/freshness.ts';

/** All that a tool may use: the mirror by way of `ensure`, and the time. */
export interface ToolContext {
  ensure: Pick<Ensure, 'reader' | 'fleet' | 'agent' | 'run'>;
  clock: Pick<Clock, 'now'>;
}

/** An answer: the same facts as lines for people and as an object for programs. */
export interface Answer {
  text: string;
  structured: Record<string, unknown>;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObjectSchema;
  outputSchema: JsonObjectSchema;
  /** @throws UsageError for arguments that don't fit, naming those that do. */
  call(args: unknown, context: ToolContext): Promise<Answer>;
}

export interface JsonObjectSchema {
  [keyword: string]: unknown;
  type: 'object';
}

export const freshnessShape = z.object({
  source: z.enum(['mirror', 'live', 'temporary']),
  synced_at: z.string().nullable(),
  age_seconds: z.number().nullable(),
  stale: z.boolean(),
  covered: z.boolean(),
  note: z.string().optional(),
});

interface Definition<Input extends z.ZodRawShape, Output extends z.ZodRawShape> {
  name: string;
  title: string;
  description: string;
  input: z.ZodObject<Input>;
  output: z.ZodObject<Output>;
  handler(
    args: z.infer<z.ZodObject<Input>>,
    context: ToolContext,
  ): Promise<{ lines: readonly string[]; structured: z.infer<z.ZodObject<Output>>; freshness: Freshness }>;
}

function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): JsonObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return { ...rest, type: 'object' };
}

/** One tool: its name, what it takes, what it gives, and how it answers. */
export function defineTool<Input extends z.ZodRawShape, Output extends z.ZodRawShape>(
  definition: Definition<Input, Output>,
): Tool {
  const { name, title, description, input, output, handler } = definition;
  return {
    name,
    title,
    description,
    inputSchema: jsonSchema(input, 'input'),
    outputSchema: jsonSchema(output.extend({ freshness: freshnessShape }), 'output'),
    call: async (args, context) => {
      const parsed = input.safeParse(args ?? {});
      if (!parsed.success) throw new UsageError(explainArguments(name, input, parsed.error));
      const { lines, structured, freshness } = await handler(parsed.data, context);
      return {
        text: [...lines, '', freshnessLine(freshness)].join('\n'),
        structured: { ...structured, freshness },
      };
    },
  };
}

function explainArguments(name: string, input: z.ZodObject, error: z.ZodError): string {
  const valid = Object.keys(input.shape);
  const takes = valid.length === 0 ? 'takes no arguments' : `takes ${valid.join(', ')}`;
  const problems = error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys')
      return `it has no argument ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    return `${issue.path.join('.') || 'the arguments'}: ${issue.message}`;
  });
  return `${name} can't be called so: ${problems.join('; ')}. It ${takes}.`;
}

/** A limit within the page's bounds, and the line that says so if it was not. */
export function clampLimit(limit: number, max: number): { limit: number; said: string[] } {
  const clamped = Math.min(Math.max(limit, 1), max);
  return {
    limit: clamped,
    said: clamped === limit ? [] : [`(limit ${limit} is out of range; ${clamped} was used, the maximum is ${max}.)`],
  };
}
