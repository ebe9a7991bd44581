import { type Markup, markup, nothing } from '../pictures/markup.ts';
import { many, severityTone, sum } from '../pictures/words.ts';
import { cut, idText } from '../printable.ts';
import type { SignalItem } from '../queries/signals.ts';
import { minute } from '../text/time.ts';
import { anchorOf } from './anchor.ts';
import type { AgentPart } from './contents.ts';

/** Groups that are shown, and ids of each; the rest are counted. */
const maxGroups = 8;
const maxIds = 12;
const maxTitle = 160;
const maxText = 400;

/** Signals that say the same; the newest first. */
export type SignalGroup = readonly [SignalItem, ...SignalItem[]];

const titleOf = ({ title, failureType }: SignalItem) => title || failureType;

/** Groups signals by severity and title; that with the newest signal comes first. */
export function groupedSignals(signals: readonly SignalItem[]): SignalGroup[] {
  const groups = new Map<string, [SignalItem, ...SignalItem[]]>();
  for (const signal of signals) {
    const key = JSON.stringify([signal.severity, signal.failureType, titleOf(signal)]);
    const group = groups.get(key);
    if (group) group.push(signal);
    else groups.set(key, [signal]);
  }
  return [...groups.values()];
}

function fixOf({ fixes: [fix] }: SignalItem): Markup {
  if (!fix) return nothing;
  const code = fix.code
    ? markup`<details><summary>Code</summary><pre><code>${fix.code}</code></pre></details>`
    : nothing;
  return markup`<p>Fix: ${cut(fix.description, maxText)}</p>${code}`;
}

function idsOf(group: SignalGroup): string {
  const rest = group.length - maxIds;
  const ids = group.slice(0, maxIds).map(({ id }) => `#${id}`);
  return `${ids.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function groupPart(group: SignalGroup): Markup {
  const [newest] = group;
  const { agentId, severity, failureType, what, detectedAt, runId } = newest;
  const times = group.length === 1 ? '' : `${group.length} signals: `;
  const when = `${failureType}, ${group.length === 1 ? '' : 'the last one '}${minute(detectedAt)}, in run`;
  return markup`<article id="${anchorOf('signals', agentId, severity, failureType, titleOf(newest))}"><h4><span class="${severityTone(severity)}">${severity}</span> ${times}${cut(titleOf(newest), maxTitle)}</h4><p>${cut(what, maxText)}</p>${fixOf(newest)}<p class="dim">${when} <code>${idText(runId)}</code>. ${group.length === 1 ? 'Signal' : 'Signals'} ${idsOf(group)}.</p></article>`;
}

/** The newest signals of an agent, each title once. */
export function signalsPart({ latest, daily }: AgentPart): Markup {
  const groups = groupedSignals(latest);
  const total = sum(daily);
  const title =
    latest.length < total ? `Signals: the newest ${latest.length} of ${total.toLocaleString('en-US')}` : 'Signals';
  const rest = groups.length - maxGroups;
  const more = rest > 0 ? markup`<p class="dim">and ${many(rest, 'more title')}</p>` : nothing;
  const shown =
    groups.length === 0 ? markup`<p class="dim">None.</p>` : markup`${groups.slice(0, maxGroups).map(groupPart)}`;
  return markup`<section class="signals"><h3>${title}</h3>${shown}${more}</section>`;
}
