import { seededRandom } from './random.ts';
import type { Json } from './wire.ts';

/** What SDKs hashed before they sent it, until generation 3: raw text by its key, and the key of its hash. */
const hashed = new Map([
  ['input_text', 'input_hash'],
  ['args', 'args_hash'],
  ['error', 'error_hash'],
  ['query', 'query_hash'],
  ['tool_error', 'failure_reason_hash'],
]);
/** What they did not send. */
const unsent = ['system_prompt', 'output', 'content', 'call_id', 'reasoning_tokens', 'args_snippet'];

/** A payload, or the evidence of a signal, as it was before generation 3. */
export function asOlder(fields: Json): Json {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => {
      const other = hashed.get(key);
      if (other !== undefined) return [[other, hashOf(String(value))]];
      return unsent.includes(key) ? [] : [[key, value]];
    }),
  );
}

/** The same text gives the same 16 hexadecimal digits. */
function hashOf(text: string): string {
  let seed = 0;
  for (const character of text) seed = Math.imul(seed, 31) + (character.codePointAt(0) ?? 0);
  return seededRandom(seed).hex(16);
}
