import type * as z from 'zod';
import type { Reader } from '../db/open.ts';
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
}

/** A conversation with its runs and their signals. */
export function findConversation(reader: Reader, id: number): Conversation {
  const conversation = recordItems(reader, conversations).find((one) => one.id === id);
  const runs = recordItems(reader, conversationRuns, String(id)).sort(
    (one, other) => (one.started_at ?? 0) - (other.started_at ?? 0),
  );
  return {
    conversation,
    runs: runs.map(({ run_id: runId }) => ({ runId, run: findRun(reader, runId), signals: runSignals(reader, runId) })),
  };
}
