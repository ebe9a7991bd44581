import { type Markup, markup } from './markup.ts';
import { percentAt, type Scale, wholeScale } from './scale.ts';
import { grouped, many } from './words.ts';

interface Share {
  affectedRuns: number;
  /** At least 1. */
  totalRuns: number;
}

export interface RateMove {
  agentId: string;
  before: Share;
  after: Share;
}

const rateOf = ({ affectedRuns, totalRuns }: Share) => affectedRuns / totalRuns;

const shareText = (share: Share) =>
  `${Math.round(rateOf(share) * 100)}% (${grouped(share.affectedRuns)}/${many(share.totalRuns, 'run')})`;

/** A hollow dot where the rate was, a full one where it is. */
function row({ agentId, before, after }: RateMove, scale: Scale): Markup {
  const at = (share: Share) => percentAt(rateOf(share) * 100, scale);
  const isWorse = rateOf(after) > rateOf(before);
  const tone = isWorse ? 'poor' : 'good';
  const said = `${shareText(before)} \u2192 ${shareText(after)}`;
  const arrow = isWorse ? '\u25b2 worse' : '\u25bc better';
  const grid = scale.ticks.map((tick) => {
    const x = percentAt(tick, scale);
    return markup`<line class="tick" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;
  });
  return markup`<li><span class="name" data-agent="${agentId}">${agentId}</span><svg class="whisker ${tone}" aria-hidden="true">${grid}<line class="range" x1="${at(before)}" x2="${at(after)}" y1="50%" y2="50%"/><circle class="was" cx="${at(before)}" cy="50%" r="4.5"/><circle cx="${at(after)}" cy="50%" r="5.5"/></svg><span class="said">${said} <b class="${tone}">${arrow}</b></span></li>`;
}

/** Failure rates that moved, before and after, on one axis. */
export function rateMoves(moves: readonly RateMove[]): Markup {
  const highest = moves.flatMap(({ before, after }) => [rateOf(before) * 100, rateOf(after) * 100]);
  const scale = wholeScale(Math.max(4, ...highest));
  const names = scale.ticks.map((tick) => markup`<li>${tick}%</li>`);
  return markup`<figure class="picture" aria-label="Share of runs with signals that moved, before and after"><ol class="rates">${moves.map((move) => row(move, scale))}</ol><div class="rate-axis" aria-hidden="true"><ol>${names}</ol></div></figure>`;
}
