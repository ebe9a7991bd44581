import { cut } from '../printable.ts';
import { prose } from '../prose.ts';
import type { RunEventItem } from '../queries/runs.ts';

/** Names are compared, numbers become ranges, and of texts it counts how many there are, where events are told together. */
type Kind = 'name' | 'number' | 'text';

/** What a line says of an event: `p=512`, `800ms`. */
export interface Fact {
  label: string;
  kind: Kind;
  value: string | number;
  unit: string;
}

/** An event as a timeline tells it, or a call with what came of it. */
export interface ToldEvent {
  /** The numbers of the first and the last event that it is. */
  from: number;
  to: number;
  type: string;
  step: number | null;
  /** Seconds from the run's start; null: not known. */
  at: number | null;
  facts: readonly Fact[];
}

/** The payload keys that a timeline shows, in this order, with the label before each value. */
const shown: readonly (readonly [key: string, label: string, kind: Kind])[] = [
  ['model', 'model=', 'name'],
  ['tool_name', 'tool=', 'name'],
  ['index_name', 'index=', 'name'],
  ['signal_name', 'signal=', 'name'],
  ['prompt_tokens', 'p=', 'number'],
  ['completion_tokens', 'c=', 'number'],
  ['success', 'ok=', 'name'],
  ['result_count', 'results=', 'number'],
  ['finish_reason', '', 'name'],
  ['exit_reason', '', 'name'],
  ['args_hash', 'args=', 'text'],
  ['args', 'args=', 'text'],
  ['query_hash', 'query=', 'text'],
  ['query', 'query=', 'text'],
  ['error_hash', 'error=', 'text'],
  ['error', 'error=', 'text'],
  ['output', 'output=', 'text'],
  ['unread', '', 'name'],
];

/** Characters of one fact on a timeline. */
export const maxFact = 60;

/** Half of a hash tells texts apart as well. */
const standIn = /^(hmac:[0-9a-f]{8})[0-9a-f]{8}(?= )/;

function factsOf(payload: Record<string, unknown>): Fact[] {
  const facts = shown.flatMap(([key, label, kind]): Fact[] => {
    const value = payload[key];
    if (typeof value === 'number') return [{ label, kind, value, unit: '' }];
    // An SDK may send any JSON: only plain values fit on the line.
    if (typeof value !== 'string' && typeof value !== 'boolean') return [];
    return [{ label, kind, value: prose(cut(String(value).replace(standIn, '$1…'), maxFact)), unit: '' }];
  });
  const { latency_ms: latency } = payload;
  const latencies: Fact[] =
    typeof latency === 'number' ? [{ label: '', kind: 'number', value: Math.round(latency), unit: 'ms' }] : [];
  return [...facts, ...latencies];
}

/** Event number `index` of a run that began at `start` (Unix seconds). */
export function toldEvent(event: RunEventItem, index: number, start: number | null): ToldEvent {
  const { payload, timestamp, eventType, stepIndex } = event;
  return {
    from: index,
    to: index,
    type: prose(cut(eventType, maxFact)),
    step: stepIndex,
    at: timestamp === null || start === null ? null : timestamp - start,
    facts: factsOf(payload),
  };
}

export const factText = ({ label, value, unit }: Fact): string => `${label}${value}${unit}`;

export const offsetText = (at: number | null): string => (at === null ? '?' : `+${at.toFixed(1)}s`);

/** `[3]`, `[3–4]`. */
export const numbersText = (from: number, to: number): string => (from === to ? `[${from}]` : `[${from}–${to}]`);

/** `[1–2] +0.0s step=1 llm call model=gpt-4o-mini p=512 c=98 800ms`. */
export function toldLine({ from, to, at, type, step, facts }: ToldEvent): string {
  const steps = step === null ? [] : [`step=${step}`];
  return [numbersText(from, to), offsetText(at), ...steps, type, ...facts.map(factText)].join(' ');
}
