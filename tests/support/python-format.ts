import { z } from 'zod';

/**
 * Rows of the API as the Python server tells them, to know what the same rows cost there: the example outputs of its page,
 * with the columns, indents and blank lines that its published source gives them (the page's text has lost those).
 */

const fields = z.record(z.string(), z.unknown());

export const wireSignal = z.object({
  id: z.number(),
  failure_type: z.string(),
  severity: z.string(),
  run_id: z.string(),
  agent_id: z.string(),
  agent_version: z.string().nullable(),
  step_index: z.number(),
  confidence: z.number(),
  detected_at: z.number(),
  evidence: fields,
  title: z.string(),
  what: z.string(),
  why_it_matters: z.string(),
  evidence_summary: z.string(),
  suggested_fixes: z.array(z.object({ description: z.string(), language: z.string(), code: z.string() })),
});
type Signal = z.infer<typeof wireSignal>;

export const wireRun = z.object({
  run_id: z.string(),
  agent_id: z.string(),
  agent_version: z.string(),
  started_at: z.number(),
  completed_at: z.number().nullable(),
  exit_reason: z.string().nullable(),
  step_count: z.number(),
  total_tokens: z.number().nullish(),
  signals: z.array(wireSignal.omit({ run_id: true, agent_id: true, agent_version: true })),
  events: z.array(z.object({ event_type: z.string(), timestamp: z.number(), payload: fields })),
});

export const agentSummary = z.object({
  run_count: z.number(),
  signal_count: z.number(),
  failure_breakdown: z.array(z.object({ failure_type: z.string(), signals: z.number(), affected_runs: z.number() })),
  health: z.object({
    score: z.number().nullable(),
    components: z.record(z.string(), z.object({ score: z.number(), max: z.number() })),
  }),
});

const typeShare = { failure_type: z.string(), total_runs: z.number(), rate: z.number() };
export const agentPatterns = z.object({
  systemic_patterns: z.array(z.object({ ...typeShare, affected_runs: z.number(), is_systemic: z.boolean() })),
  signal_trends: z.array(z.object({ failure_type: z.string(), day: z.string(), count: z.number() })),
  failure_rates: z.array(z.object({ ...typeShare, affected_runs: z.number(), day: z.string() })),
  input_patterns: z.array(z.object({ ...typeShare, input_hash: z.string(), triggered_count: z.number() })),
});

/** So many of the newest signals its summary shows. */
export const inSummary = 5;
const maxEvents = 40;
const maxCodeLines = 20;
const maxDays = 7;
const maxInputs = 8;
const percent = (share: number) => `${Math.round(share * 100)}%`;
const bar = (share: number, rest: string) => '█'.repeat(Math.floor(share * 20)).padEnd(20, rest);
const fixOf = ({ suggested_fixes: [first] }: Pick<Signal, 'suggested_fixes'>) =>
  first ? [`     Fix: ${first.description}`] : [];

export function summarized(agent: string, summary: z.infer<typeof agentSummary>, latest: readonly Signal[]): string {
  const { run_count: runs, signal_count: count, failure_breakdown: types, health } = summary;
  return [
    ...[`═══ Agent summary: ${agent} ═══`, ''],
    `Health score:  🔴 ${health.score ?? '?'}/100`,
    `Total runs:    ${runs}`,
    `Total signals: ${count}`,
    ...['Last seen:     6h ago', ''],
    'Failure breakdown:',
    ...types.map(({ failure_type: type, signals }) => {
      const share = percent(signals / runs);
      return `  ${type.padEnd(35)} ${String(signals).padStart(4)} signals  (${share} of runs)`;
    }),
    ...['', 'Most recent signals:'],
    ...latest
      .slice(0, inSummary)
      .flatMap((signal) => [
        `  🟠 ${signal.failure_type}  conf=${percent(signal.confidence)}  6h ago  run=${signal.run_id.slice(0, 8)}…`,
        `     ${signal.what}`,
        `     Impact: ${signal.why_it_matters}`,
        ...fixOf(signal),
        '',
      ]),
    'Health components:',
    ...Object.entries(health.components).map(
      ([name, { score, max }]) => `  ${name.padEnd(20)} ${bar(score / max, '░')}  ${score}/${max}`,
    ),
  ].join('\n');
}

function codeLines(language: string, code: string): string[] {
  const lines = code.split('\n');
  const rest = lines.length - maxCodeLines;
  const more = rest > 0 ? [`… (${rest} more lines)`] : [];
  return [`\`\`\`${language}`, ...lines.slice(0, maxCodeLines), ...more, '```'].map((line) => `     ${line}`);
}

export function detailed(signal: Signal): string {
  return [
    `🟠 Signal #${signal.id}`,
    `Type:      ${signal.failure_type}`,
    `Severity:  ${signal.severity}  confidence=${percent(signal.confidence)}`,
    `Agent:     ${signal.agent_id}  v${signal.agent_version ?? '?'}`,
    `Run:       ${signal.run_id}`,
    `Step:      ${signal.step_index}`,
    ...['Detected:  2026-05-13 13:19 UTC  (6h ago)', ''],
    ...[`Title:     ${signal.title}`, ''],
    ...['What happened:', `  ${signal.what}`, ''],
    ...['Why it matters:', `  ${signal.why_it_matters}`, ''],
    ...['Evidence summary:', `  ${signal.evidence_summary}`, ''],
    'Evidence (hashed/structural data):',
    ...Object.entries(signal.evidence).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
    ...['', `Suggested fixes (${signal.suggested_fixes.length}):`],
    ...signal.suggested_fixes.flatMap(({ description, language, code }, index) => [
      `  ${index + 1}. ${description}`,
      ...(code === '' ? [] : codeLines(language, code)),
    ]),
  ].join('\n');
}

/** What it shows of an event, by its type. */
const shownFacts: Readonly<Record<string, readonly (readonly [key: string, label: string])[]>> = {
  'tool.called': [
    ['tool_name', 'tool='],
    ['success', 'ok='],
  ],
  'llm.called': [
    ['model', 'model='],
    ['prompt_tokens', 'p='],
  ],
  'llm.responded': [['completion_tokens', 'c=']],
};

type Run = z.infer<typeof wireRun>;

function eventLine({ event_type: type, timestamp, payload }: Run['events'][number], index: number, start: number) {
  const facts = (shownFacts[type] ?? []).map(([key, label]) => `${label}${String(payload[key] ?? '?')}`);
  const took = type === 'llm.responded' && 'latency_ms' in payload ? [`${String(payload.latency_ms)}ms`] : [];
  const at = `+${(timestamp - start).toFixed(1)}s`.padStart(8);
  return `  [${String(index).padStart(3)}] ${at}  ${type.padEnd(20)} ${[...facts, ...took].join('  ')}`;
}

export function walked({ events, signals, ...run }: Run): string {
  const rest = events.length - maxEvents;
  return [
    `Run: ${run.run_id}`,
    `Agent:    ${run.agent_id}  v${run.agent_version}`,
    'Started:  2026-05-13 13:19 UTC  (6h ago)',
    'Duration: 5.6s',
    `Steps:    ${run.step_count}`,
    `Exit:     ${run.exit_reason ?? '?'}`,
    ...(run.total_tokens ? [`Tokens:   ${run.total_tokens}`] : []),
    ...['', `Signals (${signals.length}):`],
    ...signals.flatMap((signal) => [
      `  🟠 ${signal.failure_type}  [${signal.severity}]  conf=${percent(signal.confidence)}  step=${signal.step_index}`,
      `     ${signal.title}`,
      `     ${signal.what}`,
      ...fixOf(signal),
    ]),
    ...['', `Event timeline (${events.length} events):`],
    ...events.slice(0, maxEvents).map((event, index) => eventLine(event, index, run.started_at)),
    ...(rest > 0 ? [`  … ${rest} more events`] : []),
  ].join('\n');
}

export function found(signals: readonly Signal[]): string {
  return [
    ...[`Signals (${signals.length} shown, ${signals.length} matched):`, ''],
    ...signals.flatMap((signal) => [
      `🟠     6h ago  [${signal.severity.padEnd(8)}]  ${signal.failure_type.padEnd(30)}  agent=${signal.agent_id}`,
      `   id=${signal.id}  run=${signal.run_id.slice(0, 12)}…  conf=${percent(signal.confidence)}`,
      `   ${signal.title}`,
      '',
    ]),
  ].join('\n');
}

type AgentPatterns = z.infer<typeof agentPatterns>;

function trendLines(trends: AgentPatterns['signal_trends']): string[] {
  const days = [...new Set(trends.map(({ day }) => day))].sort().slice(-maxDays);
  const rows = [...Map.groupBy(trends, (trend) => trend.failure_type)].map(([type, own]) => {
    const cells = days.map((day) => String(own.find((trend) => trend.day === day)?.count ?? '—').padStart(5));
    return `  ${type.padEnd(30)}${cells.map((cell) => `  ${cell}`).join('')}`;
  });
  const titles = `  ${'FAILURE TYPE'.padEnd(30)}${days.map((day) => `  ${day.slice(5)}`).join('')}`;
  return [
    `Daily signal counts (last ${days.length} days):`,
    titles,
    `  ${'─'.repeat(28 + days.length * 8)}`,
    ...rows,
    '',
  ];
}

function rateLines(rates: AgentPatterns['failure_rates']): string[] {
  const rows = [...Map.groupBy(rates, (rate) => rate.failure_type).values()].flatMap((own) => {
    const [worst] = own.toSorted((a, b) => b.rate - a.rate);
    if (!worst) return [];
    const { failure_type: type, rate, affected_runs: affected, total_runs: total, day } = worst;
    return [`  ${type.padEnd(30)}  ${bar(rate, ' ')}  ${percent(rate)}  (${affected}/${total} runs on ${day})`];
  });
  return ['Failure rate by type (worst single-day rate):', ...rows, ''];
}

export function patterned(agent: string, patterns: AgentPatterns): string {
  const { systemic_patterns: types, signal_trends: trends, failure_rates: rates, input_patterns: inputs } = patterns;
  const often = inputs.filter(({ rate }) => rate >= 0.5).slice(0, maxInputs);
  return [
    ...[`Failure patterns for: ${agent}`, ''],
    'Systemic patterns (recurring across many runs):',
    ...types.flatMap(({ failure_type: type, is_systemic, affected_runs: affected, total_runs: total, rate }) => [
      `  ${is_systemic ? '🚨 SYSTEMIC' : '⚠ Occasional'}  ${type}  ${affected}/${total} runs (${percent(rate)})`,
      '            first seen 5d ago  last seen 6h ago',
    ]),
    '',
    ...trendLines(trends),
    ...rateLines(rates),
    ...(often.length > 0 ? ['Input patterns that reliably trigger failures (rate ≥ 50%):'] : []),
    ...often.flatMap(({ input_hash: hash, failure_type: type, triggered_count: count, total_runs: total, rate }) => [
      `  hash=${hash}  ${type}  ${count}/${total} runs (${percent(rate)})`,
      '    → This input hash consistently causes this failure.',
    ]),
  ].join('\n');
}
