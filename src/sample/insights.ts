import type { Json, WireEvent, WireSignal } from './wire.ts';

const DAY = 86_400;

/** What insights need to know of an analysed run. `events` is empty once they expired; `analysedAt` in Unix seconds. */
export interface AnalysedRun {
  readonly runId: string;
  readonly agentVersion: string;
  readonly analysedAt: number;
  readonly events: readonly WireEvent[];
}

interface Sources {
  readonly runs: readonly AnalysedRun[];
  /** The live signals of the agent. */
  readonly signals: readonly WireSignal[];
  readonly generation: 1 | 2;
  /** Unix seconds: the end of the windows. */
  readonly now: number;
}

/** The `YYYY-MM-DD` of a time in Unix seconds, in UTC. */
export function utcDay(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** The insights of one agent, as a server would compute them: 30 days of trends, 7 days for what is systemic. */
export function computeInsights(sources: Sources): Json {
  const first = {
    input_patterns: inputPatterns(sources),
    signal_trends: signalTrends(sources),
    versions: versions(sources),
    time_to_tool: timeToTool(sources),
    hourly_pattern: hourlyPattern(sources),
  };
  if (sources.generation === 1) return first;
  return {
    ...first,
    failure_rates: failureRates(sources),
    systemic_patterns: systemicPatterns(sources),
    deploy_events: [],
  };
}

function grouped<Item>(items: Iterable<Item>, key: (item: Item) => string): Map<string, [Item, ...Item[]]> {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
const runsOf = (signals: readonly WireSignal[]): Set<string> => new Set(signals.map((signal) => signal.run_id));
const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);

function inputHash(run: AnalysedRun): string | undefined {
  const hash = run.events.find((event) => event.event_type === 'run.started')?.payload.input_hash;
  return typeof hash === 'string' ? hash : undefined;
}

function inputPatterns({ runs, signals }: Sources): Json[] {
  const signalsOf = grouped(signals, (signal) => signal.run_id);
  const patterns = [];
  for (const [hash, sharing] of grouped(runs, (run) => inputHash(run) ?? '')) {
    if (hash === '' || sharing.length < 2) continue;
    const affected = new Map<string, number>();
    for (const run of sharing) {
      const types = new Set((signalsOf.get(run.runId) ?? []).map((signal) => signal.failure_type));
      for (const type of types) affected.set(type, (affected.get(type) ?? 0) + 1);
    }
    for (const [failure_type, triggered_count] of affected) {
      const rate = rounded(triggered_count / sharing.length, 2);
      patterns.push({ input_hash: hash, failure_type, triggered_count, total_runs: sharing.length, rate });
    }
  }
  return patterns.sort((a, b) => b.triggered_count - a.triggered_count).slice(0, 20);
}

function signalTrends({ signals, now }: Sources): Json[] {
  const recent = signals.filter((signal) => signal.detected_at >= now - 30 * DAY);
  const groups = grouped(recent, (s) => JSON.stringify([utcDay(s.detected_at), s.failure_type, s.agent_version]));
  return [...groups.values()]
    .map((group) => ({
      failure_type: group[0].failure_type,
      agent_version: group[0].agent_version,
      day: utcDay(group[0].detected_at),
      count: group.length,
    }))
    .sort((a, b) => descending(a.day, b.day));
}

function versions({ runs, signals }: Sources): Json[] {
  const signalsOf = grouped(signals, (signal) => signal.run_id);
  return [...grouped(runs, (run) => run.agentVersion)]
    .map(([agent_version, group]) => {
      const hit = group.filter((run) => signalsOf.has(run.runId));
      const times = group.map((run) => run.analysedAt);
      return {
        agent_version,
        run_count: group.length,
        runs_with_signals: hit.length,
        signal_count: hit.reduce((sum, run) => sum + (signalsOf.get(run.runId)?.length ?? 0), 0),
        signal_rate: rounded(hit.length / group.length, 3),
        first_seen: times.reduce((a, b) => Math.min(a, b)),
        last_seen: times.reduce((a, b) => Math.max(a, b)),
      };
    })
    .sort((a, b) => b.last_seen - a.last_seen);
}

function timeToTool({ runs, now }: Sources): Json {
  const withSteps = runs.map((run) => ({
    day: utcDay(run.analysedAt),
    recent: run.analysedAt >= now - 14 * DAY,
    step: run.events.find((event) => event.event_type === 'tool.called')?.step_index,
  }));
  const stepsOf = (group: readonly { step: number | undefined }[]): number[] =>
    group.flatMap((run) => (run.step === undefined ? [] : [run.step])).sort((a, b) => a - b);
  const mean = (steps: readonly number[]): number | null =>
    steps.length === 0 ? null : rounded(steps.reduce((a, b) => a + b, 0) / steps.length, 1);
  const steps = stepsOf(withSteps);
  if (steps.length === 0) return {};
  const quantile = (share: number): number | null => steps[Math.floor(share * (steps.length - 1))] ?? null;
  const days = grouped(
    withSteps.filter((run) => run.recent),
    (run) => run.day,
  );
  return {
    p25: quantile(0.25),
    p50: quantile(0.5),
    p75: quantile(0.75),
    avg_steps: mean(steps),
    runs_with_tool: steps.length,
    total_runs: runs.length,
    daily_trend: [...days]
      .map(([day, group]) => ({
        day,
        run_count: group.length,
        runs_with_tool: stepsOf(group).length,
        avg_first_tool_step: mean(stepsOf(group)),
      }))
      .sort((a, b) => descending(b.day, a.day)),
  };
}

function hourlyPattern({ runs, signals }: Sources): Json[] {
  const hour = (seconds: number): number => new Date(seconds * 1000).getUTCHours();
  const signalsAt = grouped(signals, (signal) => String(hour(signal.detected_at)));
  return [...grouped(runs, (run) => String(hour(run.analysedAt)))]
    .map(([at, group]) => {
      const count = signalsAt.get(at)?.length ?? 0;
      return {
        hour_of_day: Number(at),
        run_count: group.length,
        signal_count: count,
        signal_rate: rounded(count / group.length, 3),
      };
    })
    .sort((a, b) => a.hour_of_day - b.hour_of_day);
}

function failureRates({ runs, signals, now }: Sources): Json[] {
  const perDay = grouped(runs, (run) => utcDay(run.analysedAt));
  const recent = signals.filter((signal) => signal.detected_at >= now - 30 * DAY);
  return [...grouped(recent, (signal) => JSON.stringify([utcDay(signal.detected_at), signal.failure_type])).values()]
    .map((group) => {
      const day = utcDay(group[0].detected_at);
      const affected = runsOf(group).size;
      const total = Math.max(perDay.get(day)?.length ?? 0, affected);
      const rate = rounded(affected / total, 4);
      return { failure_type: group[0].failure_type, day, total_runs: total, affected_runs: affected, rate };
    })
    .sort((a, b) => descending(a.day, b.day));
}

function systemicPatterns({ runs, signals, now }: Sources): Json[] {
  const since = now - 7 * DAY;
  const total = runs.filter((run) => run.analysedAt >= since).length;
  const recent = signals.filter((signal) => signal.detected_at >= since);
  return [...grouped(recent, (signal) => signal.failure_type)]
    .map(([failure_type, group]) => {
      const affected = runsOf(group).size;
      const rate = affected / Math.max(total, affected);
      const times = group.map((signal) => signal.detected_at);
      return {
        failure_type,
        total_runs: Math.max(total, affected),
        affected_runs: affected,
        rate: rounded(rate, 4),
        first_seen: times.reduce((a, b) => Math.min(a, b)),
        last_seen: times.reduce((a, b) => Math.max(a, b)),
        is_systemic: rate >= 0.1,
      };
    })
    .sort((a, b) => b.rate - a.rate);
}
