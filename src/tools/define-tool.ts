import * as z from 'zod';
import { leftOutSentence, readAgentChoice } from '../agent-choice.ts';
import type { Clock } from '../clock.ts';
import { UsageError } from '../errors.ts';
import type { SqlGuard } from '../guarded-sql/guard.ts';
import type { RecordListName } from '../lists/records.ts';
import { nearest } from '../nearest.ts';
import { printable, quoted } from '../printable.ts';
import type { Ensure } from '../sync/ensure.ts';
import { type Answer, bounded, type Found, sizeOf, whole } from './answer.ts';
import { asMeant } from './as-meant.ts';
import { maxAnswerBytes } from './bound.ts';
import { inputJsonSchema, type JsonObjectSchema, outputJsonSchema } from './json-schema.ts';
import type { View } from './views.ts';

/** Everything that a tool may use: the mirror through `ensure`, and the time. */
export interface ToolContext {
  ensure: Omit<Ensure, 'stop'>;
  /** Ad hoc SQL, in a process of its own. */
  sql: Pick<SqlGuard, 'ask'>;
  clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>;
  /** The user's own price table, instead of the one in the package. */
  pricesFile?: string | undefined;
}

/** The progress of a long call; `progress` only grows. */
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
  /** The caller, identified by object identity: limits on concurrent work count per caller. */
  caller: object;
  /** Whether the client shows the tool's picture, which may need more than the answer. */
  showsPictures: boolean;
}

/** The call as a handler sees it. */
export interface HandlerCall extends ToolCall {
  /** The most rows that a page may have. It is lowered if an answer with the requested number would be too large. */
  maxRows: number;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObjectSchema;
  outputSchema: JsonObjectSchema;
  /** Whether it always asks the API. */
  isLive: boolean;
  /** A list without which it has nothing to say. */
  needs: RecordListName | undefined;
  /** The page that shows its answer as a picture. */
  view: View | undefined;
  /** @throws UsageError for invalid arguments, naming the valid ones. */
  call(args: unknown, context: ToolContext, call: ToolCall): Promise<Answer>;
}

/** How many unknown arguments a note names. */
const maxNamed = 5;

const freshnessShape = z.object({
  source: z.enum(['mirror', 'live', 'temporary']),
  synced_at: z.string().nullable(),
  age_seconds: z.number().nullable(),
  stale: z.boolean(),
  covered: z.boolean(),
  only_agents: z.string().optional(),
  unread: z.record(z.string(), z.number()).optional(),
  texts: z.enum(['hashed', 'kept', 'being hashed']).optional(),
  note: z.string().optional(),
});

interface Definition<Input extends z.ZodRawShape, Output extends z.ZodRawShape> {
  name: string;
  title: string;
  /** When to use it, and when another tool is better. */
  description: string;
  /**
   * The tool's input. Like the output it is built on the first call or listing, so that no start waits for the schemas
   * of all tools.
   */
  input: z.ZodObject<Input>;
  output: z.ZodObject<Output>;
  isLive?: boolean;
  needs?: RecordListName;
  view?: View;
  handler(
    args: z.infer<z.ZodObject<Input>>,
    context: ToolContext,
    call: HandlerCall,
  ): Promise<Found<z.infer<z.ZodObject<Output>>>>;
}

/** Defines one tool: its name, input, output, and how it answers. */
export function defineTool<Input extends z.ZodRawShape, Output extends z.ZodRawShape>(
  definition: Definition<Input, Output>,
): Tool {
  const { name, title, description, input, output, handler, isLive = false, needs, view } = definition;
  return {
    name,
    title,
    description,
    inputSchema: inputJsonSchema(input),
    // The schema omits `notes` and `next`, which any answer may have.
    outputSchema: outputJsonSchema(output.extend({ freshness: freshnessShape })),
    isLive,
    needs,
    view,
    call: async (args, context, call) => {
      const { arguments: taken, ignored } = asMeant(args ?? {}, input);
      const parsed = input.safeParse(taken);
      if (!parsed.success) throw new UsageError(explainArguments(name, input, { taken, ignored }, parsed.error));
      const find = async (maxRows: number) =>
        withLeftOut(await handler(parsed.data, context, { ...call, maxRows }), parsed.data);
      if (ignored.length === 0) return pageThatFits(find);
      const note = `${name} has no argument ${shownNames(ignored)}: ignored`;
      return pageThatFits(async (maxRows) => withNotes(await find(maxRows), [note]));
    },
  };
}

/**
 * An answer within the size limit. A paged one gets fewer rows, so that the next page continues after them; any other
 * is cut.
 */
async function pageThatFits(find: (maxRows: number) => Promise<Found>): Promise<Answer> {
  let found = await find(Number.POSITIVE_INFINITY);
  for (let rows = Number.POSITIVE_INFINITY; ; ) {
    const answer = whole(found);
    const size = sizeOf(answer);
    if (size <= maxAnswerBytes) return answer;
    const { returned } = found.structured;
    if (typeof returned !== 'number' || returned < 2 || returned > rows) return bounded(found);
    rows = Math.max(1, Math.floor((returned * maxAnswerBytes * 0.9) / size));
    const note = `an answer has at most ${maxAnswerBytes / 1000} kB, which fits ${rows} of these rows; the next page has more`;
    found = withNotes(await find(rows), [note]);
  }
}

/** Says why an answer about a list of all agents has nothing of the one that was asked for. */
function withLeftOut(found: Found, { agent_id: agentId }: { agent_id?: unknown }): Found {
  const { only_agents: only } = found.freshness;
  if (only === undefined || typeof agentId !== 'string') return found;
  const agents = readAgentChoice(only);
  return agents.includes(agentId.trim()) ? found : withNotes(found, [leftOutSentence(agents, agentId)]);
}

const withNotes = (found: Found, notes: readonly string[]): Found => ({
  ...found,
  notes: [...(found.notes ?? []), ...notes],
});

/** A text from a person or a model, shortened so that a message can repeat it. */
function shown(text: string): string {
  return quoted(printable(text.length > 60 ? `${text.slice(0, 60)}…` : text));
}

const shownNames = (names: readonly string[]) => names.slice(0, maxNamed).map(shown).join(', ');

function explainArguments(
  name: string,
  input: z.ZodObject,
  { taken, ignored }: { taken: unknown; ignored: readonly string[] },
  error: z.ZodError,
): string {
  const given = new Set(Object.keys(taken ?? {}));
  const valid = Object.keys(input.shape);
  const takes = valid.length === 0 ? 'takes no arguments' : `takes ${valid.join(', ')}`;
  const problems = error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const unknown = issue.keys.map((key) => {
        const [meant] = nearest(key, valid, 1);
        return `${shown(key)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
      });
      return `unknown argument ${unknown.join(', ')}`;
    }
    const argument = issue.path.join('.') || 'the arguments';
    if (issue.path[0] !== undefined && !given.has(String(issue.path[0]))) return `${argument} is missing`;
    return `${argument}: ${issue.message}`;
  });
  if (ignored.length > 0) problems.push(`unknown argument ${shownNames(ignored)}`);
  return `Invalid arguments for ${name}: ${problems.join('; ')}. It ${takes}.`;
}
