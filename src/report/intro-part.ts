import { type Markup, markup } from '../pictures/markup.ts';
import { minute } from '../text/time.ts';
import type { Report } from './contents.ts';

// The bundle is ASCII, but the bundler does not escape text in a tagged template.
const warning = '⚠';

/** Which days the report is about, where its rows come from, and what keeps it from being whole. */
export function introPart({ days, dayNames, end, madeAt, apiUrl, notes }: Report): Markup {
  const span = days === 1 ? 'The day' : `The ${days} days from ${dayNames[0] ?? ''}`;
  return markup`<p>${span} up to ${minute(end)}, mirrored from ${apiUrl}. <span class="dim">Made ${minute(madeAt)}; days and times are UTC.</span></p>${notes.map((note) => markup`<p class="fair">${warning} ${note}</p>`)}`;
}
