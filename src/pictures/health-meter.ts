import { meter, type Tone } from './bars.ts';
import { type Markup, markup, nothing } from './markup.ts';
import { many } from './words.ts';

export interface HealthPart {
  name: string;
  score: number;
  max: number;
  /** What the score rests on. */
  basis: string;
}

export interface HealthScore {
  /** 0 to 100; null: too few runs are known. */
  score: number | null;
  sampleRuns: number;
  parts: readonly HealthPart[];
}

/** The score from which an agent counts as good, and as fair: the limits of the marks in answers. */
export function toneOf(score: number): Exclude<Tone, 'plain'> {
  if (score >= 80) return 'good';
  return score >= 60 ? 'fair' : 'poor';
}

function partRow({ name, score, max, basis }: HealthPart): Markup {
  const tone = toneOf((score / max) * 100);
  return markup`<li><span>${name.replaceAll('_', ' ')}</span>${meter(score / max, `${score} of ${max}`, tone)}<span class="num">${score}/${max}</span><span class="dim">${basis}</span></li>`;
}

/** A health score as a meter, and the parts that it is the sum of. */
export function healthMeter({ score, sampleRuns, parts }: HealthScore): Markup {
  if (score === null)
    return markup`<figure class="picture health" aria-label="Health: too few runs"><p class="dim">No score: of the last 30 days ${many(sampleRuns, 'run')} ${sampleRuns === 1 ? 'is' : 'are'} known, and it takes 3.</p></figure>`;
  const tone = toneOf(score);
  const rows = parts.length === 0 ? nothing : markup`<ul class="parts">${parts.map(partRow)}</ul>`;
  return markup`<figure class="picture health" aria-label="Health: ${score} of 100, ${tone}"><p class="score"><b class="${tone}">${score}</b>/100 <span class="${tone}">${tone}</span></p>${meter(score / 100, `${score} of 100`, tone)}<p class="dim">of ${many(sampleRuns, 'run')} in the last 30 days</p>${rows}</figure>`;
}
