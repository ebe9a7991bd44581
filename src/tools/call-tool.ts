import { ApiError, MirrorError, messageOf, UnansweredError, UsageError } from '../errors.ts';
import type { Log } from '../log.ts';
import { nearest } from '../nearest.ts';
import { printable, quoted } from '../printable.ts';
import type { Answer } from './answer.ts';
import type { Tool, ToolCall, ToolContext } from './define-tool.ts';
import { elsewhere } from './elsewhere.ts';
import { withRecovery } from './recovery.ts';
import { tools } from './registry.ts';

const toolsByName = new Map(tools.map((tool) => [tool.name, tool]));

/** What became of a call: the answer of a tool, or why there is none. */
export type Called = { answer: Answer; tool: Tool } | { fault: string };

/** A call of a tool that has ended. It holds nothing of what was asked or answered. */
export interface ToolCalled {
  /** Its name; `unknown`: there is no such tool, and what the client called is not repeated. */
  tool: string;
  outcome: 'answered' | 'error' | 'cancelled';
  ms: number;
}

export interface CallDeps {
  context: ToolContext;
  log: Log;
  onCall?(called: ToolCalled): void;
}

/**
 * Calls a tool by its name, and tells how that ended.
 * @throws the error of a call that was cancelled.
 */
export async function callTool(name: string, args: unknown, deps: CallDeps, call: ToolCall): Promise<Called> {
  const { context, log, onCall } = deps;
  const began = context.clock.monotonic();
  const end = (outcome: ToolCalled['outcome']) => {
    const ms = context.clock.monotonic() - began;
    const tool = toolsByName.has(name) ? name : 'unknown';
    onCall?.({ tool, outcome, ms });
    log.event?.('call', { tool, outcome, ms: Math.round(ms) });
  };
  try {
    const called = await answerOf(name, args, deps, call);
    end('fault' in called ? 'error' : 'answered');
    return called;
  } catch (error) {
    end('cancelled');
    throw error;
  }
}

/**
 * Calls a tool by its name. Only here does a tool's error become an answer, for every kind of caller.
 * @throws the error of a call that was cancelled.
 */
async function answerOf(name: string, args: unknown, { context, log }: CallDeps, call: ToolCall): Promise<Called> {
  try {
    const tool = toolsByName.get(name);
    if (!tool) throw new UsageError(unknownTool(name, [...toolsByName.keys()]));
    return { answer: await withRecovery(context.ensure, () => tool.call(args, context, call)), tool };
  } catch (error) {
    if (call.signal.aborted) throw error;
    return { fault: reportFault(log, name, error) };
  }
}

/** @returns the error's message for people. The log gets more details about an unexpected error. */
export function reportFault(log: Log, what: string, error: unknown): string {
  if (isExpected(error)) return printable(messageOf(error));
  log.warn(`${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`, error);
  return `${what} failed (${printable(messageOf(error))}): a bug in dunetrace-mcp.`;
}

const isExpected = (error: unknown) =>
  error instanceof UsageError ||
  error instanceof UnansweredError ||
  error instanceof MirrorError ||
  error instanceof ApiError;

function unknownTool(name: string, known: readonly string[]): string {
  const instead = elsewhere(name);
  if (instead !== undefined) return instead;
  const [meant] = nearest(name, known, 1);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `There is no tool ${quoted(printable(name.slice(0, 100)))}.${hint} There are: ${known.join(', ')}.`;
}
