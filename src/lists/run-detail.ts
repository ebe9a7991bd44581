import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Client, GetOptions } from '../api/client.ts';
import { parseAnswer, segment } from '../api/pages.ts';
import { type BadRow, extraOf, isBad, keyIn, rowReader, type Sent } from '../api/rows.ts';
import { key, rawRows, text, time, whole } from '../api/wire.ts';
import { ApiError } from '../errors.ts';
import { type Content, jsonWithoutTexts, keptContent, withoutTexts } from './content.ts';
import { type WireRun, wireRun } from './runs.ts';
import { type WireRunSignal, wireRunSignal } from './signals.ts';

/** A run's detail: the run, its events, and its signals. */

export const wireEvent = z.object({
  event_type: key,
  step_index: whole,
  timestamp: time,
  payload: z.record(z.string(), z.unknown()).nullish(),
  parent_run_id: text,
});

export type WireEvent = z.infer<typeof wireEvent>;

const wireRunDetail = z.object({
  ...wireRun.shape,
  conversation_id: whole,
  events: rawRows,
  signals: rawRows.nullish(),
});

/** What of a run its detail has and its list has not. `detailExtra` (fields that nobody knows) is JSON text. */
export interface DetailFacts {
  conversationId: number | null;
  detailExtra: string | null;
}

export interface RunDetail {
  run: Sent<WireRun>;
  conversationId: number | null;
  events: (Sent<WireEvent> | BadRow)[];
  signals: (Sent<WireRunSignal> | BadRow)[];
}

const readEvent = rowReader('event', wireEvent, () => undefined);
const readRunSignal = rowReader('signal of a run', wireRunSignal, keyIn('id', wireRunSignal.shape.id));

/** Events of a run, or its signals, that are read: twenty times what runs of a thousand steps have. */
export const maxParts = 100_000;

/** @throws ApiError of kind not_found for an unknown run. */
export async function getRunDetail(client: Client, runId: string, options?: GetOptions): Promise<RunDetail> {
  const path = `/v1/runs/${segment(runId)}`;
  const answer = await client.get(path, {}, options);
  const { events, signals, conversation_id, ...run } = parseAnswer(wireRunDetail, answer, path);
  const parts = Math.max(events.length, signals?.length ?? 0);
  if (parts > maxParts)
    throw new ApiError(
      'bad_answer',
      `${path} answered with ${parts} events or signals of a run; ${maxParts} are read.`,
    );
  return {
    run: { row: run, extra: extraOf(wireRunDetail.shape, answer) },
    conversationId: conversation_id ?? null,
    events: events.map(readEvent),
    signals: (signals ?? []).map(readRunSignal),
  };
}

/** One event of a run. `payload` and `extra` are JSON text; `timestamp` is in Unix seconds. */
export interface RunEventRow {
  eventType: string;
  stepIndex: number | null;
  timestamp: number | null;
  model: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  latencyMs: number | null;
  toolName: string | null;
  success: boolean | null;
  inputHash: string | null;
  payload: string;
  parentRunId: string | null;
  extra: string | null;
}

/** The type of an event that can't be read: it keeps its place, so that none is missing. */
const unreadEventType = '(unread)';

function unreadEventRow({ shape }: BadRow): RunEventRow {
  return eventRow({ row: { event_type: unreadEventType, payload: { unread: shape } }, extra: null }, keptContent);
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const wholeOr = (value: unknown): number | null => (Number.isSafeInteger(value) ? numberOr(value) : null);
const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The fingerprint of an input as the dashboard shows it: MD5 of the raw text, 32 hex digits. */
export function inputHash(inputText: string): string {
  return createHash('md5').update(inputText).digest('hex');
}

/**
 * A payload as the mirror is to hold it. In place of a raw `input_text` it has the dashboard's hash of it, which is not
 * keyed, so that both show the same; older SDKs sent a hash of their own.
 */
export function storedPayload(sent: Readonly<Record<string, unknown>>, content: Content): Record<string, unknown> {
  const { input_text: inputText, ...rest } = sent;
  const payload = withoutTexts(rest, content);
  if (inputText === undefined || inputText === null) return payload;
  const hash = inputHash(textOr(inputText) ?? JSON.stringify(inputText));
  return { ...payload, ...(content.keeps ? { input_text: inputText } : {}), input_hash: hash };
}

/** An event, with the columns that questions are asked about taken from its payload. Raw texts go no further. */
export function eventRow({ row, extra }: Sent<WireEvent>, content: Content): RunEventRow {
  const payload = storedPayload(row.payload ?? {}, content);
  return {
    eventType: row.event_type,
    stepIndex: row.step_index ?? null,
    timestamp: row.timestamp ?? null,
    model: textOr(payload.model),
    promptTokens: wholeOr(payload.prompt_tokens),
    completionTokens: wholeOr(payload.completion_tokens),
    latencyMs: numberOr(payload.latency_ms),
    toolName: textOr(payload.tool_name),
    success: typeof payload.success === 'boolean' ? payload.success : null,
    inputHash: textOr(payload.input_hash),
    payload: JSON.stringify(payload),
    parentRunId: row.parent_run_id ?? null,
    extra: jsonWithoutTexts(extra, content),
  };
}

/** The events of a detail as the mirror is to hold them, in their order. */
export const eventRowsOf = ({ events }: Pick<RunDetail, 'events'>, content: Content): RunEventRow[] =>
  events.map((event) => (isBad(event) ? unreadEventRow(event) : eventRow(event, content)));
