import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { EvidenceKey, Scalar } from '../queries/evidence-summary.ts';
import type { FailureDetail } from '../queries/failure-detail.ts';
import type { ShortRunIds } from '../queries/run-prefixes.ts';
import type { Share } from '../queries/shares.ts';
import { percent } from './marks.ts';
import { plural } from './plural.ts';
import { intervalAfter, shareText } from './rates.ts';
import { textsText } from './texts.ts';
import { ago } from './time.ts';

export const maxValue = 80;
const named = (text: string) => prose(cut(text, maxValue));
const typeText = (type: string) => idText(cut(type, maxValue));
const number = (value: number) => String(Math.round(value * 1000) / 1000);
const shown = (value: Scalar) => (typeof value === 'number' ? number(value) : named(String(value)));

function evidenceLine({ key, values, distinct, numbers }: EvidenceKey): string {
  const spread = numbers
    ? [`min ${number(numbers.min)}, median ${number(numbers.median)}, max ${number(numbers.max)}`]
    : [];
  const frequent = values.map(({ value, count }) => `${shown(value)} ×${count}`).join(', ');
  const rest = distinct > values.length ? `, …+${distinct - values.length} more` : '';
  return `  ${prose(`${cut(key, maxValue)}:`)} ${[...spread, frequent + rest].join('; ')}`;
}

const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines]);

/** Signals outlive their runs: there may be more of these than are still listed. */
const everShare = ({ affectedRuns, totalRuns, rate }: Share) =>
  affectedRuns > totalRuns
    ? `${affectedRuns} runs (of all, ${totalRuns} are still listed)`
    : shareText({ affectedRuns, totalRuns, rate });

/** `11-15 to 11-28: 1 0 0 1`. */
function trendLines({ trend }: FailureDetail): string[] {
  const [first, last] = [trend[0], trend.at(-1)];
  if (!first || !last) return [];
  const counts = trend.map(({ count }) => count).join(' ');
  return [`Daily signal counts, ${first.day.slice(5)} to ${last.day.slice(5)}: ${counts}`];
}

/** One failure type of an agent in depth. `now` is in Unix seconds. */
export function failureDetailLines(
  agentId: string,
  { shortRunId, ...detail }: FailureDetail & { shortRunId: ShortRunIds },
  now: number,
): string[] {
  const { failureType, days, affectedRuns, totalRuns, rate, signals, firstSeen, lastSeen, steps } = detail;
  const head = [
    `${typeText(failureType)} of ${idText(agentId)} (last ${days} days)`,
    `Affected: ${shareText({ affectedRuns, totalRuns, rate })}; ${plural(signals, 'signal')}`,
  ];
  const seen =
    firstSeen === null || lastSeen === null ? [] : [`Seen: first ${ago(now - firstSeen)}, last ${ago(now - lastSeen)}`];
  const { ever } = detail;
  const before =
    ever === null
      ? []
      : [`Ever: ${everShare(ever)}, first ${ago(now - ever.firstSeen)}, last ${ago(now - ever.lastSeen)}`];
  const severities = detail.severities.map(({ severity, count }) => `${prose(severity)} ×${count}`);
  return [
    ...head,
    ...seen,
    ...before,
    ...(severities.length === 0 ? [] : [`Severity: ${severities.join(', ')}`]),
    ...(steps ? [`Step: a quarter by step ${steps.p25}, half by ${steps.p50}, three quarters by ${steps.p75}`] : []),
    ...trendLines(detail),
    ...section(
      `Evidence (of ${detail.evidence.signals === signals ? '' : `${detail.evidence.signals} of the `}${plural(signals, 'signal')}, texts ${textsText(detail.texts)}):`,
      detail.evidence.keys.map(evidenceLine),
    ),
    ...section(
      'Other failures in the same runs:',
      detail.together.map(
        ({ failureType: other, runs }) =>
          `  ${typeText(other)} ${runs}/${affectedRuns} runs (${percent(runs / affectedRuns)})${intervalAfter(runs, affectedRuns)}`,
      ),
    ),
    ...section(
      'Newest affected runs:',
      detail.newestRuns.map(
        ({ runId, at, signalIds }) =>
          `  ${ago(now - at)}: ${signalIds.map((id) => `id=${id}`).join(' ')} run=${idText(shortRunId(runId))}`,
      ),
    ),
  ];
}
