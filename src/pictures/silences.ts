import { span } from '../text/time.ts';
import { type Markup, markup } from './markup.ts';
import { percentAt } from './scale.ts';

/** An agent that runs no more. Seconds. */
export interface Silence {
  agentId: string;
  lasts: number;
  usualGap: number;
  longestGap: number;
}

/** Silences as bars of their own lengths, each with a line where the longest gap between runs used to end. */
export function silences(agents: readonly Silence[]): Markup {
  const longest = Math.max(1, ...agents.map(({ lasts }) => lasts));
  const rows = agents.map(({ agentId, lasts, usualGap, longestGap }) => {
    const at = percentAt(longestGap, { max: longest });
    const said = `no run for ${span(lasts)}, usually one every ${span(usualGap)}, ${span(longestGap)} apart at most`;
    return markup`<li><span class="name" data-agent="${agentId}">${agentId}</span><svg class="bar" aria-hidden="true"><rect class="s6" width="${percentAt(lasts, { max: longest })}" height="100%"/><line class="limit" x1="${at}" x2="${at}" y1="-20%" y2="120%"/></svg><span class="said">${said}</span></li>`;
  });
  return markup`<figure class="picture" aria-label="Agents gone quiet"><ul class="rates">${rows}</ul></figure>`;
}
