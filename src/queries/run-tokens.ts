/** What the model calls in a run's events come to, where the events are mirrored. */
export interface EventTokens {
  /** All calls, and those that report tokens. */
  calls: number;
  counted: number;
  /** Prompt tokens on `llm.called`, and on `llm.responded`. */
  called: number;
  responded: number;
  completion: number;
  reasoning: number;
}

/** The sources for a run's tokens. */
interface Sources {
  /** The list's total. */
  totalTokens: number | null;
  events: EventTokens | undefined;
}

/** A run's tokens. `total` is without reasoning tokens, as the runs list has it. */
export interface RunTokens {
  from: 'events' | 'list' | 'nowhere';
  total: number;
  prompt: number;
  completion: number;
  reasoning: number;
  /** What the runs list says, where its total is another one than that of the events. */
  otherwise: number | null;
}

/**
 * Which events tell a run's prompt tokens: those of `llm.responded`, unless these come to 0. It is decided for the whole
 * run, and the two never add up: a call may carry an estimate of what its answer counts exactly, or 0.
 * Source: docs/customer-api.md, 'Row shapes'.
 */
export const promptSide = ({ responded }: Pick<EventTokens, 'responded'>): 'responded' | 'called' =>
  responded === 0 ? 'called' : 'responded';

/** How many tokens a run took, and the source: its events if they count tokens, otherwise the runs list. */
export function runTokens({ totalTokens, events }: Sources): RunTokens {
  const none = { prompt: 0, completion: 0, reasoning: 0, otherwise: null };
  if (events && events.counted > 0) {
    const { completion, reasoning } = events;
    const prompt = events[promptSide(events)];
    const total = prompt + completion;
    return { from: 'events', total, prompt, completion, reasoning, otherwise: differing(totalTokens, total) };
  }
  if (totalTokens !== null) return { from: 'list', total: totalTokens, ...none };
  // Events without a model call: no tokens were used. Calls that count no tokens: unknown.
  return { from: events?.calls === 0 ? 'events' : 'nowhere', total: 0, ...none };
}

const differing = (listed: number | null, total: number) => (listed === total ? null : listed);

/** Whether a run may have called a model: token stats count no other ones, as the server's do. */
export const mayHaveCalls = ({ totalTokens, events }: Sources): boolean =>
  events ? events.calls > 0 || (totalTokens ?? 0) > 0 : totalTokens !== 0;

/** A run's total as it is shown: the server's word where the runs list has it; null: unknown. */
export interface KnownTokens {
  total: number | null;
  /** What the run's events come to, where the list says otherwise. */
  byEvents: number | null;
  reasoning: number;
}

/** What is shown of one run's tokens: the list's total goes first, and what the events say otherwise is named. */
export function knownTokens(tokens: RunTokens | undefined): KnownTokens {
  if (!tokens || tokens.from === 'nowhere') return { total: null, byEvents: null, reasoning: 0 };
  const { total, otherwise, reasoning } = tokens;
  return { total: otherwise ?? total, byEvents: otherwise === null ? null : total, reasoning };
}
