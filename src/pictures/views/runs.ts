import * as z from 'zod/mini';
import { duration } from '../../text/time.ts';
import { factsOf, isFailure } from '../event-facts.ts';
import { type Markup, markup, nothing } from '../markup.ts';
import type { RunEvent, RunSignal } from '../run-events.ts';
import { runPair } from '../run-pair.ts';
import { runTimeline } from '../run-timeline.ts';
import { moment, signalList } from '../signal-list.ts';
import { grouped } from '../words.ts';
import { answerEnd, eventsShape, section, signalsShape } from './answer.ts';

const factsShape = z.object({
  run_id: z.string(),
  agent_id: z.string(),
  agent_version: z.optional(z.string()),
  started_at: z.optional(z.string()),
  completed_at: z.optional(z.string()),
  exit_reason: z.optional(z.string()),
  step_count: z.optional(z.number()),
  total_tokens: z.optional(z.number()),
});
type Facts = z.infer<typeof factsShape>;

const runShape = z.extend(factsShape, {
  spent: z.optional(z.object({ total_tokens: z.optional(z.number()), cost_usd: z.optional(z.number()) })),
  signals: signalsShape,
  events: eventsShape,
  events_from: z.number(),
  events_total: z.number(),
});

const pairShape = z.object({
  runs: z.array(factsShape),
  timelines: z.object({
    relation: z.optional(z.string()),
    common_events: z.optional(z.number()),
    reasons: z._default(z.array(z.string()), []),
  }),
  picture: z.optional(z.object({ runs: z.array(z.object({ events: eventsShape, signals: signalsShape })) })),
});

function eventsOf(events: z.infer<typeof eventsShape>, from: number): RunEvent[] {
  return events.map(({ index, event_type: type, step_index: step = null, timestamp, payload }, at) => {
    const time = timestamp === undefined ? Number.NaN : Date.parse(timestamp) / 1000;
    return {
      index: index ?? from + at,
      type,
      step,
      at: Number.isFinite(time) ? time : null,
      facts: factsOf(payload),
      isFailure: isFailure(type, payload),
    };
  });
}

const signalsOf = (signals: z.infer<typeof signalsShape>): (RunSignal & { detectedAt: string })[] =>
  signals.map(({ failure_type: failureType, step_index: step = null, detected_at: detectedAt, ...rest }) => ({
    ...rest,
    failureType,
    step,
    detectedAt,
  }));

function lasted({ started_at: from, completed_at: to }: Facts): string[] {
  if (from === undefined || to === undefined) return [];
  return [duration(Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000))];
}

/** `v1, 5.6s, 7 steps, 812 tokens, $0.0021, run.completed`. */
function factsText(facts: Facts, spent: { total_tokens?: number | undefined; cost_usd?: number | undefined }): string {
  const tokens = spent.total_tokens ?? facts.total_tokens;
  return [
    ...(facts.agent_version === undefined ? [] : [facts.agent_version]),
    ...lasted(facts),
    ...(facts.step_count === undefined ? [] : [`${facts.step_count} steps`]),
    ...(tokens === undefined ? [] : [`${grouped(tokens)} tokens`]),
    ...(spent.cost_usd === undefined ? [] : [`$${spent.cost_usd}`]),
    ...(facts.exit_reason === undefined ? [] : [facts.exit_reason]),
  ].join(', ');
}

function pages(run: z.infer<typeof runShape>): Markup {
  const { run_id: id, events_from: from, events_total: total, events } = run;
  const go = (to: number, words: string) => markup`<span data-run="${id}" data-from="${to}">${words}</span> `;
  const next = from + events.length;
  return markup`<p class="pages">${from > 0 ? go(Math.max(0, from - Math.max(1, events.length)), 'Earlier events') : nothing}${next < total ? go(next, 'Later events') : nothing}</p>`;
}

function oneRun(run: z.infer<typeof runShape>): Markup {
  const signals = signalsOf(run.signals);
  const events = eventsOf(run.events, run.events_from);
  const started = run.started_at === undefined ? nothing : markup`, started ${moment(run.started_at)}`;
  return markup`<h1>Run <code>${run.run_id}</code></h1><p>${run.agent_id}<span class="dim">${started}</span></p><p class="dim">${factsText(run, run.spent ?? {})}</p>${section('Timeline', markup`${runTimeline({ events, total: run.events_total, signals })}${pages(run)}`)}${section('Signals', signals.length === 0 ? markup`<p class="dim">None.</p>` : signalList(signals))}`;
}

function twoRuns({ runs, timelines, picture }: z.infer<typeof pairShape>): Markup | undefined {
  const [one, other] = runs;
  if (!one || !other) return undefined;
  const facts = runs.map(
    (run, at) =>
      markup`<li><b>Run ${at + 1}</b> <code data-run="${run.run_id}">${run.run_id}</code> <span>${run.agent_id}</span> <span class="dim">${factsText(run, {})}</span></li>`,
  );
  const head = markup`<h1>Two runs</h1><ul class="facts">${facts}</ul>`;
  const common = timelines.common_events;
  const [first, second] = picture?.runs ?? [];
  if (common === undefined || !first || !second)
    return markup`${head}${timelines.reasons.map((reason) => markup`<p>Not compared: ${reason}.</p>`)}`;
  const side = (name: string, drawn: typeof first) => ({
    name,
    events: eventsOf(drawn.events, 0),
    signals: signalsOf(drawn.signals),
  });
  const pair = {
    runs: [side('Run 1', first), side('Run 2', second)],
    common,
    isParted: timelines.relation !== 'same',
  } as const;
  const lists = [first, second].map(({ signals }, at) =>
    signals.length === 0 ? nothing : section(`Signals of run ${at + 1}`, signalList(signalsOf(signals))),
  );
  return markup`${head}${section('Event by event', runPair(pair))}${lists}`;
}

/** The picture of get_run_detail and compare_runs; undefined: the answer is of another kind. */
export function runsView(structured: unknown): Markup | undefined {
  const run = runShape.safeParse(structured).data;
  const pair = run ? undefined : pairShape.safeParse(structured).data;
  const drawn = run ? oneRun(run) : pair && twoRuns(pair);
  return drawn && markup`${drawn}${answerEnd(structured)}`;
}
