/** What is known of a run's tokens. */
interface Sources {
  /** The list's total. */
  totalTokens: number | null;
  /** From the events, where these are mirrored: calls, those that tell tokens, and the tokens. */
  events: { calls: number; counted: number; prompt: number; completion: number } | undefined;
}

/** How many tokens a run took, and what tells it: its events where these count tokens, else the runs list. */
export function runTokens({ totalTokens, events }: Sources) {
  if (events && events.counted > 0) return { from: 'events', total: events.prompt + events.completion } as const;
  if (totalTokens !== null) return { from: 'list', total: totalTokens } as const;
  // Events without a model call: nothing was used. With calls that count no tokens: not known.
  return events?.calls === 0 ? ({ from: 'events', total: 0 } as const) : ({ from: 'nowhere', total: 0 } as const);
}
