import type { WireEvent } from '../../../src/sample/wire.ts';

/** How generation 3 counts the tokens of a run, and what it takes for them. */

function sum(events: readonly WireEvent[], type: string, field: string): number {
  return events.reduce((total, { event_type, payload }) => {
    const value = payload[field];
    return event_type === type && typeof value === 'number' ? total + value : total;
  }, 0);
}

/** Of the answers, or, where those tell none, of the calls: never both, and never call by call. */
const promptTokensOf = (events: readonly WireEvent[]): number =>
  sum(events, 'llm.responded', 'prompt_tokens') || sum(events, 'llm.called', 'prompt_tokens');

const completionTokensOf = (events: readonly WireEvent[]): number => sum(events, 'llm.responded', 'completion_tokens');

/** Without reasoning tokens; 0 for a run without model calls. */
export const tokensOf = (events: readonly WireEvent[]): number => promptTokensOf(events) + completionTokensOf(events);

/** US dollars per million tokens of prompts and completions. */
const prices = new Map([
  ['gpt-4o', [2.5, 10]],
  ['gpt-4o-mini', [0.15, 0.6]],
  ['o3', [2, 8]],
]);
const unknownPrice = [1, 4];

/** US dollars, by the first model that a call names; null without tokens. */
export function costOf(events: readonly WireEvent[]): number | null {
  if (tokensOf(events) === 0) return null;
  const model = events.find(({ event_type, payload }) => event_type === 'llm.called' && payload.model)?.payload.model;
  const [prompt = 0, completion = 0] = prices.get(String(model)) ?? unknownPrice;
  return Number(((promptTokensOf(events) * prompt + completionTokensOf(events) * completion) / 1e6).toFixed(6));
}
