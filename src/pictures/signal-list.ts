import { type Markup, markup, nothing } from './markup.ts';
import { severityTone } from './words.ts';

export interface ListedSignal {
  id: number;
  failureType: string;
  severity: string;
  title: string;
  step: number | null;
  /** ISO 8601. */
  detectedAt: string;
}

/** `2026-11-01T10:20:30Z` -> `2026-11-01 10:20 UTC`, as an element that a page may write as its reader's language does. */
export function moment(iso: string): Markup {
  const shown = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;
  return markup`<time datetime="${iso}">${shown}</time>`;
}

/** Signals as a list; each names its signal, so that a page may show more of it. */
export function signalList(signals: readonly ListedSignal[]): Markup {
  const items = signals.map(({ id, failureType, severity, title, step, detectedAt }) => {
    const place = step === null ? nothing : markup`, step ${step}`;
    return markup`<li><b class="${severityTone(severity)}">${severity}</b> <span data-signal="${id}">#${id} ${failureType}</span> ${title} <span class="dim">${moment(detectedAt)}${place}</span></li>`;
  });
  return markup`<ul class="signals">${items}</ul>`;
}
