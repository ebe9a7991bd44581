import { createHmac } from 'node:crypto';
import { keyMark } from '../api/own-key.ts';
import { parseToStore } from '../exact-json.ts';

/**
 * What becomes of the texts that people, models and tools wrote. Newer SDKs send them raw: arguments, outputs, errors,
 * queries, memory. Unless their owner asked to keep them, a keyed hash and their length stand in for them, before
 * anything is stored. Everything here is pure.
 */

/** How a mirror treats texts. */
export interface Content {
  readonly keeps: boolean;
  /** What stands in for a text: the same for the same text, in one mirror. */
  readonly standIn: (text: string) => string;
}

/** Raw texts, each with what stands in for it. */
export type Hidden = Map<string, string>;

/** Texts stay as they were sent. */
export const keptContent: Content = { keeps: true, standIn: (text) => text };

/** How a mirror that says so in its own row treats texts. */
export const contentOf = ({ content, contentSecret }: { content: string; contentSecret: string }): Content =>
  content === 'keep' ? keptContent : hashedContent(contentSecret);

/** Characters as people count them: code points. */
const lengthOf = (text: string) => text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);

/** The keyed hash is short, for it is read and compared by eye; a plain one of a short text could be guessed. */
export function hashedContent(secret: string): Content {
  const standIn = (text: string) => {
    const hash = createHmac('sha256', secret).update(text.toWellFormed()).digest('hex').slice(0, 16);
    const length = lengthOf(text);
    return `hmac:${hash} (${length} ${length === 1 ? 'char' : 'chars'})`;
  };
  return { keeps: false, standIn };
}

const standInForm = /^hmac:[0-9a-f]{16} \(\d{1,16} chars?\)$/;

/** The same for rows that are stored already, of which some may be hashed: a hash stays what it is. */
export function rehashedContent(secret: string): Content {
  const { standIn } = hashedContent(secret);
  return { keeps: false, standIn: (text) => (standInForm.test(text) ? text : standIn(text)) };
}

/**
 * Fields whose texts stay: names, types, models, reasons out of a fixed set, ids, hosts, and hashes that SDKs made. All
 * others count as texts that somebody wrote, those that nobody knows yet too.
 */
const structural = new Set([
  ...['tool', 'tool_name', 'tools', 'available_tools', 'tool_a', 'tool_b', 'failed_tool', 'first_tool'],
  ...['model', 'models', 'provider', 'from_model', 'to_model', 'expected_model', 'actual_model', 'requested_model'],
  ...['index_name', 'detector_name', 'policy_name', 'signal_name', 'source_file'],
  ...['agent_id', 'agent', 'agents', 'from_agent', 'to_agent', 'source_agent', 'target_agent', 'agent_version'],
  ...['event_type', 'action_type', 'failure_type', 'raw_failure_type', 'severity'],
  ...['finish_reason', 'exit_reason', 'stop_reason'],
  ...['call_id', 'run_id', 'parent_run_id', 'child_run_id', 'event_id', 'signal_id', 'policy_id', 'approval_id'],
  ...['trace_id', 'span_id', 'session_id', 'conversation_id', 'deploy_id', 'destination_host', 'sdk_version'],
  ...['args_hash', 'error_hash', 'query_hash', 'input_hash', 'output_hash', 'content_hash', 'failure_reason_hash'],
  // Numbers and truths, which some SDKs send as text.
  ...['prompt_tokens', 'completion_tokens', 'reasoning_tokens', 'total_tokens', 'latency_ms', 'output_length'],
  ...['success', 'result_count', 'top_score', 'total_steps', 'score', 'step_index'],
]);

/** Other fields with names, of which plain ones stay: under such a name may also be what somebody wrote. */
const isNamed = (key: string, value: unknown) =>
  plainFields.has(key) ||
  /_(tool|model|index|agent|detector|policy)(e?s)?$/.test(key) ||
  (nameLists.has(key) && Array.isArray(value));
const plainFields = new Set([
  ...[
    'type',
    'error_type',
    'action',
    'trigger',
    'status',
    'state',
    'decision',
    'decision_channel',
    'step_label',
    'host',
  ],
]);
const nameLists = new Set(['pattern', 'matched_patterns', 'tool_sequence', 'tool_names']);
const isPlainName = (text: string) => /^[\w.:/-]{1,64}$/.test(text);

/** Other hashes by SDKs, one or more. */
const isHashed = (key: string, value: unknown) => /_hash(es)?$/.test(key) && [value].flat().every(isHex);
const isHex = (value: unknown) => value === null || (typeof value === 'string' && /^[0-9a-f]{6,128}$/.test(value));

/** Lists of steps, and the like: in each of them the same fields are structural. */
const containers = new Set(['steps', 'calls', 'failed_calls', 'tool_calls', 'handoffs']);

/** A field's name, and not a text that was made the key of a count. */
const isFieldName = (key: string) => /^[\w.:$-]{1,64}$/.test(key);

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);

/** Changes what a list or an object holds; itself where nothing of it changes, as most of them hold no text. */
function mapped(fields: Fields, change: (value: unknown, key: string) => unknown, keyOf: (key: string) => string) {
  let isSame = true;
  const entries = Object.entries(fields).map(([key, value]): [string, unknown] => {
    const next: [string, unknown] = [keyOf(key), change(value, key)];
    if (next[0] !== key || next[1] !== value) isSame = false;
    return next;
  });
  return isSame ? fields : Object.fromEntries(entries);
}

function mappedList(list: readonly unknown[], change: (value: unknown) => unknown): readonly unknown[] {
  const next = list.map(change);
  return next.some((value, place) => value !== list[place]) ? next : list;
}

/**
 * The fields of a payload, of evidence, or those of a row that nobody knows, without their texts. Numbers, true, false
 * and null stay. `hidden` gets the texts. Rows are nested `maxDepth` levels deep at most.
 */
export function withoutTexts(fields: Fields, content: Content, hidden: Hidden = new Map()): Fields {
  if (content.keeps) return fields;

  function hide(text: string): string {
    // What took the place of the key is nobody's text.
    if (text === '' || text === keyMark) return text;
    const known = hidden.get(text);
    if (known !== undefined) return known;
    const standIn = content.standIn(text);
    if (standIn !== text) hidden.set(text, standIn);
    return standIn;
  }

  const keyOf = (key: string) => (isFieldName(key) ? key : hide(key));

  /** What somebody wrote: no text in it stays, whatever its name. */
  function written(value: unknown): unknown {
    if (typeof value === 'string') return hide(value);
    if (Array.isArray(value)) return mappedList(value, written);
    return isFields(value) ? mapped(value, written, keyOf) : value;
  }

  function named(value: unknown): unknown {
    if (Array.isArray(value)) return mappedList(value, named);
    return isFields(value) ? known(value) : value;
  }

  function plain(value: unknown): unknown {
    if (Array.isArray(value)) return mappedList(value, plain);
    return typeof value === 'string' && isPlainName(value) ? value : written(value);
  }

  function contained(value: unknown): unknown {
    if (Array.isArray(value)) return mappedList(value, contained);
    return isFields(value) ? known(value) : written(value);
  }

  function known(value: Fields): Fields {
    const change = (one: unknown, key: string) => {
      if (structural.has(key)) return named(one);
      if (containers.has(key)) return contained(one);
      if (isNamed(key, one)) return plain(one);
      return isHashed(key, one) ? one : written(one);
    };
    return mapped(value, change, keyOf);
  }

  return known(fields);
}

/** The same of fields as JSON text, such as those of a row that nobody knows. */
export function jsonWithoutTexts(json: string | null, content: Content): string | null {
  if (json === null || content.keeps) return json;
  const fields = parseToStore(json);
  if (!isFields(fields)) return json;
  const next = withoutTexts(fields, content);
  return next === fields ? json : JSON.stringify(next);
}
