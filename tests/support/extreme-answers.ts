import { recordedAnswer } from './picture-answers.ts';

/** Answers at the edge of what pictures have to show: long names, many days, versions, signals and events. */

const dayMs = 86_400_000;
const types = ['TOOL_LOOP', 'CONTEXT_BLOAT', 'RETRY_STORM', 'COST_SPIKE', 'RAG_EMPTY_RETRIEVAL', 'GOAL_ABANDONMENT'];
const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
const kinds = ['run.started', 'llm.called', 'llm.responded', 'retrieval.called', 'tool.called', 'policy.triggered'];
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 28, 10) + seconds * 1000).toISOString();
const list = <Item>(length: number, make: (at: number) => Item) => Array.from({ length }, (_, index) => make(index));
const freshness = { source: 'mirror', synced_at: at(0), stale: true, note: 'The API is down since 10:00 UTC' };
const longName = `an-agent/with/a/path/${'x'.repeat(70)}`;

const share = (affected: number, total: number) => ({
  affected_runs: affected,
  total_runs: total,
  rate: affected / total,
});

const days = list(90, (day) => new Date(Date.UTC(2026, 8, 1) + day * dayMs).toISOString().slice(0, 10));

const agent = {
  agent_id: longName,
  health: { score: null, sample_runs: 1, components: {} },
  ...{ run_count: 1_234_567, signal_count: 98_765 },
  changes: {
    recent: { days: 7, days_before: 30, all: { before: share(1, 100), after: share(25, 50), verdict: 'regression' } },
  },
  recent_signals: [
    { id: 1, failure_type: 'TOOL_LOOP', severity: 'LOW', detected_at: at(0), title: 'w'.repeat(200), step_index: 3 },
  ],
  picture: {
    days,
    series: [...types, '9 other types'].map((name, rank) => ({
      name,
      counts: days.map((_, day) => Math.max(0, Math.round((4000 / (rank + 1)) * Math.sin(day / 9 + rank)))),
    })),
    versions: list(12, (version) => ({
      agent_version: version % 3 === 0 ? `release-${version}-${'abcdef'.repeat(8)}` : `v${version}`,
      affected_runs: version * 700,
      total_runs: 10_000,
      ...(version === 4 ? { verdict: 'regression' } : {}),
    })),
    versions_total: 20,
    hours: list(7, (day) => list(24, (hour) => (day * hour * 37) % 1500)),
  },
  notes: ['Only the last 7 days are mirrored.'],
  freshness,
};

/** Nine of them on one step. */
const signals = list(12, (number) => ({
  id: number + 1,
  failure_type: 'TOOL_LOOP',
  severity: severities[number % 4],
  step_index: number < 9 ? 20 : number * 3,
  detected_at: at(0),
  title: 'again',
}));

const events = list(40, (index) => ({
  index: 40 + index,
  event_type: kinds[index % kinds.length],
  step_index: index,
  timestamp: at(index < 20 ? index : index * 30),
  payload: { tool_name: 'y'.repeat(80), prompt_tokens: 5000, args_hash: 'f'.repeat(64), success: index % 6 !== 4 },
}));

const run = {
  ...{ run_id: 'r'.repeat(70), agent_id: longName, agent_version: 'v1', started_at: at(0), step_count: 44 },
  ...{ signals, events, events_from: 40, events_total: 200, freshness },
};

const { runs } = recordedAnswer('pair').structured;
const pair = {
  runs,
  timelines: { compared: true, relation: 'diverged', common_events: 58 },
  picture: {
    runs: [
      { events, signals },
      { events: events.slice(0, 30), signals: [] },
    ],
  },
  freshness,
};

const news = {
  ...{ since: at(-7 * 86_400), until: at(0), signal_count: 21_003 },
  new_signals: {
    total: 1,
    items: [
      {
        agent_id: longName,
        failure_type: 'GOAL_ABANDONMENT',
        severities: { CRITICAL: 1, HIGH: 2, MEDIUM: 1000, LOW: 20_000 },
      },
    ],
  },
  first_time_types: { total: 0, items: [] },
  moved_rates: {
    total: 2,
    items: [
      { agent_id: 'better', before: share(1000, 1000), after: share(0, 12_345) },
      { agent_id: longName, before: share(0, 1000), after: share(1000, 1000) },
    ],
  },
  quiet_agents: {
    total: 9,
    items: [
      { agent_id: longName, last_seen: at(-8 * 86_400), usual_gap_seconds: 3600, longest_gap_seconds: 90_000 },
      { agent_id: 'other', last_seen: at(-86_400), usual_gap_seconds: 3600, longest_gap_seconds: 7000 },
    ],
  },
  new_agents: { total: 1, items: [{ agent_id: longName, run_count: 2, first_run: at(-3600) }] },
  freshness,
};

export const extremes = [
  { what: 'an agent', view: 'agent', structured: agent },
  { what: 'a run', view: 'runs', structured: run },
  { what: 'two runs', view: 'runs', structured: pair },
  { what: 'news', view: 'news', structured: news },
] as const;
