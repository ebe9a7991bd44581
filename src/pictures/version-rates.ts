import { wilsonInterval } from '../intervals.ts';
import { type Markup, markup, nothing } from './markup.ts';
import { percentAt, type Scale, wholeScale } from './scale.ts';
import { grouped, many } from './words.ts';

export interface VersionRuns {
  /** null: runs that name no version. */
  version: string | null;
  /** At most `totalRuns`. */
  affectedRuns: number;
  /** At least 1. */
  totalRuns: number;
  /** Whether its rate differs from before by more than chance. */
  verdict?: 'regression' | 'improvement' | undefined;
}

const arrows = { regression: '\u25b2', improvement: '\u25bc' };
const tones = { regression: 'poor', improvement: 'good' };

const intervalOf = ({ affectedRuns, totalRuns }: Pick<VersionRuns, 'affectedRuns' | 'totalRuns'>) =>
  wilsonInterval({ hits: affectedRuns, total: totalRuns });

function row({ version, affectedRuns, totalRuns, verdict }: VersionRuns, scale: Scale): Markup {
  const rate = affectedRuns / totalRuns;
  const { low, high } = intervalOf({ affectedRuns, totalRuns });
  const [left, right] = [percentAt(low * 100, scale), percentAt(high * 100, scale)];
  const said = `${grouped(affectedRuns)}/${many(totalRuns, 'run')} (${Math.round(rate * 100)}%)`;
  const range = `95%: ${Math.round(low * 100)}\u2013${Math.round(high * 100)}%`;
  const mark =
    verdict === undefined ? nothing : markup` <b class="${tones[verdict]}">${arrows[verdict]} ${verdict}</b>`;
  const grid = scale.ticks.map((tick) => {
    const x = percentAt(tick, scale);
    return markup`<line class="tick" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;
  });
  return markup`<li><span class="name">${version ?? 'no version'}</span><svg class="whisker" aria-hidden="true">${grid}<line class="range" x1="${left}" x2="${right}" y1="50%" y2="50%"/><line class="range" x1="${left}" x2="${left}" y1="28%" y2="72%"/><line class="range" x1="${right}" x2="${right}" y1="28%" y2="72%"/><circle cx="${percentAt(rate * 100, scale)}" cy="50%" r="4.5"/></svg><span class="said">${said} <span class="dim">${range}</span>${mark}</span></li>`;
}

/** The failure rate of each version: a dot, with its 95 % interval as whiskers, on one axis. */
export function versionRates(versions: readonly VersionRuns[]): Markup {
  const highest = versions.map((version) => intervalOf(version).high * 100);
  const scale = wholeScale(Math.max(4, ...highest));
  const names = scale.ticks.map((tick) => markup`<li>${tick}%</li>`);
  return markup`<figure class="picture version-rates" aria-label="Share of runs with signals by version, with 95% intervals"><ol class="rates">${versions.map((version) => row(version, scale))}</ol><div class="rate-axis" aria-hidden="true"><ol>${names}</ol></div></figure>`;
}
