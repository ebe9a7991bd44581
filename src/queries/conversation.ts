import type * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { recordListsByName } from '../lists/records.ts';
import { recordItems } from './records.ts';
import { findRun, type RunItem } from './runs.ts';
import { runSignals, type SignalItem } from './signals.ts';

const { conversations, conversation_runs: conversationRuns } = recordListsByName;

export type ConversationItem = z.infer<typeof conversations.wire>;

/** A run of a conversation, as far as the mirror knows it. */
export interface ConversationRun {
  runId: string;
  run: RunItem | undefined;
  signals: SignalItem[];
}

export interface Conversation {
  conversation: ConversationItem | undefined;
  /** In the order in which they began. */
  runs: ConversationRun[];
  /** How many runs it has; `runs` are the first of them. */
  total: number;
}

const ofDetails = preparedSql<{ runId: string; startedAt: number | null }>(
  'select run_id as runId, started_at as startedAt from runs where conversation_id = @id and gone_at is null',
);

/** A conversation with its first runs and their signals: those that the API told of, and those whose detail names it. */
export function findConversation(reader: Reader, id: number, maxRuns: number): Conversation {
  const conversation = recordItems(reader, conversations).find((one) => one.id === id);
  const sent = recordItems(reader, conversationRuns, String(id));
  const starts = new Map([
    ...ofDetails(reader)
      .all({ id })
      .map(({ runId, startedAt }) => [runId, startedAt] as const),
    ...sent.map((run) => [run.run_id, run.started_at ?? null] as const),
  ]);
  const runIds = [...starts].sort(([, one], [, other]) => (one ?? 0) - (other ?? 0)).map(([runId]) => runId);
  return {
    conversation,
    runs: runIds
      .slice(0, maxRuns)
      .map((runId) => ({ runId, run: findRun(reader, runId), signals: runSignals(reader, runId) })),
    total: runIds.length,
  };
}
