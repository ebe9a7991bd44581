import * as z from 'zod/mini';
import { meter } from '../bars.ts';
import { dayColumns } from '../day-columns.ts';
import { healthMeter } from '../health-meter.ts';
import { type Markup, markup, nothing } from '../markup.ts';
import { signalList } from '../signal-list.ts';
import { versionRates } from '../version-rates.ts';
import { weekHours } from '../week-hours.ts';
import { count, grouped, many, sum } from '../words.ts';
import { answerEnd, section, signalsShape } from './answer.ts';

const verdict = z.optional(z.enum(['regression', 'improvement']));
const shareShape = z.object({ total_runs: z.number(), affected_runs: z.number(), rate: z.number() });
const changeShape = z.object({ before: shareShape, after: shareShape, verdict });

const healthShape = z.object({
  score: z.nullable(z.number()),
  sample_runs: z.number(),
  components: z._default(
    z.record(z.string(), z.object({ score: z.number(), max: z.number(), basis: z._default(z.string(), '') })),
    {},
  ),
});

const pictureShape = z.object({
  days: z.array(z.string()),
  series: z.array(z.object({ name: z.string(), counts: z.array(z.number()) })),
  versions: z.array(
    z.object({ agent_version: z.optional(z.string()), affected_runs: z.number(), total_runs: z.number(), verdict }),
  ),
  versions_total: z.number(),
  hours: z.array(z.array(z.number())),
  health: z.optional(healthShape),
});

const agentShape = z.object({
  agent_id: z.string(),
  run_count: z.optional(z.number()),
  signal_count: z.optional(z.number()),
  changes: z.optional(z.object({ recent: z.object({ days: z.number(), days_before: z.number(), all: changeShape }) })),
  health: z.optional(healthShape),
  systemic_patterns: z._default(
    z.array(z.extend(shareShape, { failure_type: z.string(), is_systemic: z.boolean() })),
    [],
  ),
  recent_signals: signalsShape,
  picture: pictureShape,
});

type Agent = z.infer<typeof agentShape>;
type Share = z.infer<typeof shareShape>;

const shareText = ({ affected_runs: hits, total_runs: total, rate }: Share) =>
  `${Math.round(rate * 100)}% (${grouped(hits)}/${many(total, 'run')})`;

const verdictTones = { regression: 'poor', improvement: 'good' };

function headline({ run_count: runs, signal_count: signals, changes }: Agent): Markup {
  const ever =
    runs === undefined || signals === undefined
      ? nothing
      : markup`<p class="dim">${count(runs)} ${runs === 1 ? 'run' : 'runs'} and ${count(signals)} ${signals === 1 ? 'signal' : 'signals'} ever</p>`;
  if (!changes) return ever;
  const { days, days_before: before, all } = changes.recent;
  const judged =
    all.verdict === undefined ? nothing : markup` <b class="${verdictTones[all.verdict]}">${all.verdict}</b>`;
  return markup`<p>Runs with signals: ${shareText(all.after)} in the last ${days} days, ${shareText(all.before)} in the ${before} days before${judged}</p>${ever}`;
}

function health({ health: own, picture }: Agent): Markup {
  const found = own ?? picture.health;
  if (!found) return nothing;
  const parts = Object.entries(found.components).map(([name, part]) => ({ name, ...part }));
  return healthMeter({ score: found.score, sampleRuns: found.sample_runs, parts });
}

function types({ systemic_patterns: patterns }: Agent): Markup {
  if (patterns.length === 0) return nothing;
  const rows = patterns.map((pattern) => {
    const mark = pattern.is_systemic
      ? markup`<b class="poor">systemic</b>`
      : markup`<span class="dim">occasional</span>`;
    const said = shareText(pattern);
    return markup`<li><span class="name">${pattern.failure_type}</span>${meter(pattern.rate, said, pattern.is_systemic ? 'poor' : 'plain')}<span class="said">${said} ${mark}</span></li>`;
  });
  return markup`<figure class="picture" aria-label="Share of runs by failure type"><ul class="rates">${rows}</ul></figure>`;
}

function versions({ picture: { versions: rates, versions_total: total } }: Agent): Markup {
  const shown = rates
    .filter(({ total_runs: runs }) => runs > 0)
    .map(({ agent_version: version = null, affected_runs: affectedRuns, total_runs: totalRuns, verdict }) => ({
      version,
      affectedRuns: Math.min(affectedRuns, totalRuns),
      totalRuns,
      verdict,
    }));
  if (shown.length === 0) return nothing;
  const rest = total > shown.length ? markup`<p class="dim">and ${total - shown.length} more</p>` : nothing;
  return markup`${versionRates(shown)}${rest}`;
}

const signals = ({ recent_signals: recent }: Agent) =>
  recent.length === 0
    ? nothing
    : signalList(
        recent.map(({ id, severity, title, failure_type: failureType, step_index: step = null, detected_at }) => ({
          ...{ id, severity, title, failureType, step },
          detectedAt: detected_at,
        })),
      );

/**
 * The picture of summarize_agent and get_agent_patterns: health, signals by day and type, failure rates by version, hours
 * of the week. undefined: that is not in the answer.
 */
export function agentView(structured: unknown): Markup | undefined {
  const { data } = agentShape.safeParse(structured);
  if (!data) return undefined;
  const { days, series, hours } = data.picture;
  const span = days.length === 1 ? 'one day' : `${days.length} days`;
  const daily = series.length === 0 ? markup`<p class="dim">None.</p>` : dayColumns({ days, series });
  const weekly = sum(hours.flat()) === 0 ? nothing : weekHours(hours);
  return markup`<h1>${data.agent_id}</h1>${headline(data)}<div class="halves">${section('Health', health(data))}${section(`Runs with signals by version, ${span}`, versions(data))}</div>${section(`Signals each day, ${span}`, daily)}${section('Failure types', types(data))}${section(`Hours of the week (UTC), ${span}`, weekly)}${section('Latest signals', signals(data))}${answerEnd(structured)}`;
}
