/** What of an event's payload is told beside its mark, and in this order. */
const told = [
  'tool_name',
  'model',
  'index_name',
  'signal_name',
  'policy_name',
  'args',
  'args_hash',
  'query',
  'query_hash',
  'error',
  'error_hash',
  'finish_reason',
  'exit_reason',
] as const;

/** The same, for numbers with their words. */
const counted = [
  ['prompt_tokens', 'prompt tokens'],
  ['completion_tokens', 'completion tokens'],
  ['result_count', 'results'],
] as const;

/** The fields of a payload that a picture needs. */
export const factKeys: readonly string[] = [...told, ...counted.map(([key]) => key), 'success'];

/** Characters of one fact. */
const maxFact = 60;

/** `web_search`, `512 prompt tokens`. */
export function factsOf(payload: Readonly<Record<string, unknown>>): string[] {
  const texts = told.flatMap((key) => {
    const value = payload[key];
    return typeof value === 'string' && value !== '' ? [value.slice(0, maxFact)] : [];
  });
  const numbers = counted.flatMap(([key, words]) => {
    const value = payload[key];
    return typeof value === 'number' && value !== 0 ? [`${value} ${words}`] : [];
  });
  return [...texts, ...numbers];
}

/** Whether an event tells that something failed. */
export const isFailure = (type: string, payload: Readonly<Record<string, unknown>>): boolean =>
  payload.success === false || /\.(errored|failed|denied)$/.test(type);
