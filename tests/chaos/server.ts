import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { expect } from 'vitest';
import { callTool, connectTo, freshnessOf, type ToolAnswer } from '../support/mcp-client.ts';
import { type Place, start } from '../support/program.ts';
import type { ToolCall } from './plan.ts';

/** What no answer and no log may hold: a stack, or a lock that somebody ran into. */
export const trace = /\n\s+at |a bug in dunetrace-mcp|SQLITE_|database is locked|\[object Object\]/;

/** Longer than any server is held still. */
const answerMs = 180_000;

export type EndBy = 'SIGKILL' | 'SIGTERM' | 'stdin';

/** One server process with its client. */
export interface ChaosServer {
  readonly pid: number;
  isFrozen(): boolean;
  freeze(): void;
  thaw(): void;
  /**
   * Calls a tool, and looks at its answer.
   * @returns nothing when the server was ended meanwhile. @throws for an answer that no user should get.
   */
  call(call: ToolCall): Promise<ToolAnswer | undefined>;
  /** Ends it. @throws if it does not end well, or has warned of what nobody should have to read. */
  end(by: EndBy): Promise<void>;
}

/** @throws when the answer is none that a user should get. */
function checkAnswer({ name }: ToolCall, answer: ToolAnswer): void {
  const { text, isError } = answer;
  expect(`${text}${JSON.stringify(answer.structured)}`, name).not.toMatch(trace);
  if (isError) {
    expect(text, name).toMatch(/^\S[^\n]*[.?)]$/);
    return;
  }
  const { synced_at, age_seconds, source } = freshnessOf(answer);
  expect(['mirror', 'live']).toContain(source);
  expect((synced_at === null) === (age_seconds === null), name).toBe(true);
  expect(text.trimEnd().split('\n').at(-1), name).toMatch(/^Source: .*[.?]$/);
}

/** Starts a server as an editor does. `onCrash` is called should it end without being asked to. */
export function startServer(place: Pick<Place, 'env'>, onCrash: (error: Error) => void): ChaosServer {
  const child: ChildProcessWithoutNullStreams = start([], place);
  const pid = child.pid ?? 0;
  let stderr = '';
  let isConnected = false;
  let isEnding = false;
  let frozen = false;
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  // Killed in the middle of a message to it.
  child.stdin.on('error', () => {});
  const exited = once(child, 'exit').then(([code]) => {
    if (!isEnding) onCrash(new Error(`server ${pid} has ended by itself (${code}): ${stderr}`));
    return code;
  });
  const connected: Promise<Client | undefined> = connectTo(new StdioServerTransport(child.stdout, child.stdin)).then(
    (client) => {
      isConnected = true;
      void exited.then(() => client.close());
      return client;
    },
    (error: unknown) => {
      if (!isEnding) throw error;
      return undefined;
    },
  );
  connected.catch(onCrash);

  function thaw(): void {
    if (frozen) child.kill('SIGCONT');
    frozen = false;
  }

  return {
    pid,
    isFrozen: () => frozen,
    freeze: () => {
      frozen = true;
      child.kill('SIGSTOP');
    },
    thaw,
    call: async (call) => {
      const client = await Promise.race([connected, exited.then(() => undefined)]);
      if (client === undefined || isEnding) return undefined;
      const waiting = {
        callTool: (params: { name: string; arguments: Record<string, unknown> }) =>
          client.callTool(params, undefined, { timeout: answerMs }),
      };
      const answered = await callTool(waiting, call.name, call.args).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      );
      if ('answer' in answered) {
        checkAnswer(call, answered.answer);
        return answered.answer;
      }
      if (isEnding) return undefined;
      throw new Error(`${call.name} was not answered: ${answered.error}`, { cause: answered.error });
    },
    end: async (by) => {
      isEnding = true;
      // Before it listens to signals, one ends it as it ends any program.
      const right = isConnected || by === 'stdin' ? [0] : [0, null];
      if (by === 'stdin') child.stdin.end();
      else child.kill(by);
      if (by !== 'SIGKILL') thaw();
      const code = await exited;
      expect(stderr).not.toMatch(trace);
      if (by !== 'SIGKILL') expect(right, `ended by ${by}: ${stderr}`).toContain(code);
    },
  };
}
