import { type Markup, markup } from './markup.ts';
import { percentAt } from './scale.ts';
import { grouped, sum } from './words.ts';

export interface NewSignals {
  agentId: string;
  failureType: string;
  /** Counts by severity, the worst first. */
  severities: readonly (readonly [severity: string, count: number])[];
}

const known = new Map([
  ['CRITICAL', 'critical'],
  ['HIGH', 'high'],
  ['MEDIUM', 'medium'],
]);

/** Pieces of a bar of counts, one after another. */
function pieces({ severities }: NewSignals, most: number): Markup[] {
  return severities.map(([severity, count], at) => {
    const before = sum(severities.slice(0, at).map(([, each]) => each));
    const [x, width] = [percentAt(before, { max: most }), percentAt(count, { max: most })];
    return markup`<rect class="v-${known.get(severity) ?? 'low'}" x="${x}" width="${width}" height="100%"/>`;
  });
}

/** How many signals of a type are new at each agent, as bars with one piece a severity. */
export function newSignals(groups: readonly NewSignals[]): Markup {
  const totals = groups.map(({ severities }) => sum(severities.map(([, count]) => count)));
  const most = Math.max(1, ...totals);
  const rows = groups.map((group) => {
    const { agentId, failureType, severities } = group;
    const said = severities.map(([severity, count]) => `${grouped(count)} ${severity}`).join(', ');
    return markup`<li><span class="name"><span data-agent="${agentId}">${agentId}</span> ${failureType}</span><svg class="bar" aria-hidden="true">${pieces(group, most)}</svg><span class="said">${said}</span></li>`;
  });
  return markup`<figure class="picture" aria-label="New signals by agent and type"><ul class="rates">${rows}</ul></figure>`;
}
