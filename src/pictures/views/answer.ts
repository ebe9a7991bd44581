import * as z from 'zod/mini';
import { type Markup, markup, nothing } from '../markup.ts';
import { moment } from '../signal-list.ts';

/** What every answer has, whatever the tool; texts that an answer lacks are empty. */

const text = z._default(z.string(), '');

const answerShape = z.object({
  freshness: z.optional(
    z.object({
      source: text,
      synced_at: z.nullish(z.string()),
      stale: z._default(z.boolean(), false),
      note: z.optional(z.string()),
    }),
  ),
  notes: z._default(z.array(z.string()), []),
});

/** Where an answer comes from, how old it is, and what its reader should know. */
export function answerEnd(structured: unknown): Markup {
  const { freshness, notes = [] } = answerShape.safeParse(structured).data ?? {};
  const shown = notes.map((note) => markup`<p class="dim">${note}</p>`);
  if (!freshness) return markup`${shown}`;
  const { source, synced_at: syncedAt, stale, note } = freshness;
  const age = syncedAt === null || syncedAt === undefined ? nothing : markup`, as of ${moment(syncedAt)}`;
  const warning = stale ? markup` <b class="fair">stale</b>` : nothing;
  return markup`${shown}<p class="dim">Source: ${source}${age}${warning}${note === undefined ? nothing : markup`. ${note}`}</p>`;
}

/** A section with its heading; nothing without content. */
export const section = (title: string, content: Markup): Markup =>
  content.html === '' ? nothing : markup`<section><h2>${title}</h2>${content}</section>`;

const eventShape = z.object({
  index: z.optional(z.number()),
  event_type: z.string(),
  step_index: z.optional(z.number()),
  timestamp: z.optional(z.string()),
  payload: z._default(z.record(z.string(), z.unknown()), {}),
});
export const eventsShape = z._default(z.array(eventShape), []);

const signalShape = z.object({
  id: z.number(),
  failure_type: z.string(),
  severity: z.string(),
  step_index: z.optional(z.number()),
  detected_at: text,
  title: text,
});
export const signalsShape = z._default(z.array(signalShape), []);
