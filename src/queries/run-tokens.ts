/** The sources for a run's tokens. */
interface Sources {
  /** The list's total. */
  totalTokens: number | null;
  /** From the events, where they are mirrored: all calls, calls that report tokens, and the tokens. */
  events: { calls: number; counted: number; prompt: number; completion: number } | undefined;
}

/** How many tokens a run took, and the source: its events if they count tokens, otherwise the runs list. */
export function runTokens({ totalTokens, events }: Sources) {
  if (events && events.counted > 0) return { from: 'events', total: events.prompt + events.completion } as const;
  if (totalTokens !== null) return { from: 'list', total: totalTokens } as const;
  // Events without a model call: no tokens were used. Calls that count no tokens: unknown.
  return events?.calls === 0 ? ({ from: 'events', total: 0 } as const) : ({ from: 'nowhere', total: 0 } as const);
}
