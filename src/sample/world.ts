import { computeHealth } from './health.ts';
import { agentRow, runDetail, runRow, type SampleRun, signalRow } from './rows.ts';
import { demoStory, isAlerted } from './story.ts';
import type { WireSignal } from './wire.ts';

/** Seconds from the end of a run to its analysis. */
const ANALYSED_AFTER = 5;

/** What a path shows: the rows of a list, newest first, or one thing. */
export type Shown =
  | { readonly list: 'agents' | 'runs' | 'signals'; readonly rows: readonly unknown[] }
  | { readonly body: unknown };

/** What the Customer API, generation 2, would show at each path if the story up to `now` (Unix seconds) were real. */
export function sampleWorld(now: number): ReadonlyMap<string, Shown> {
  const analysed = analyse(now);
  const paths = new Map<string, Shown>([['/health', { body: { status: 'ok', version: '0.1.0', db: 'ok' } }]]);
  const agents = [...Map.groupBy(analysed, ({ run }) => run.agentId)].map(([agentId, its]) => {
    const path = `/v1/agents/${encodeURIComponent(agentId)}`;
    const newestFirst = its.toReversed();
    const signals = newestFirst.flatMap((each) => each.signals.toReversed());
    paths.set(`${path}/runs`, { list: 'runs', rows: newestFirst.map((each) => runRow(each.run, each.signals)) });
    paths.set(`${path}/signals`, { list: 'signals', rows: signals });
    paths.set(`${path}/health-score`, { body: computeHealth({ agentId, runs: its.map(healthRun), now }) });
    return agentRow(
      its.map(({ run }) => run),
      signals,
      now,
    );
  });
  paths.set('/v1/agents', { list: 'agents', rows: agents.sort((a, b) => b.last_seen - a.last_seen) });
  for (const { run, signals } of analysed) paths.set(`/v1/runs/${run.runId}`, { body: runDetail(run, signals) });
  return paths;
}

interface Analysed {
  readonly run: SampleRun;
  readonly signals: readonly WireSignal[];
}

/** The story with its signals numbered, oldest first. */
function analyse(now: number): Analysed[] {
  let id = 0;
  return demoStory(now).map(({ run, signals }) => ({
    run,
    signals: signals.map((finding) => {
      id += 1;
      const found = { id, detectedAt: run.completedAt + ANALYSED_AFTER, together: signals.length };
      const row = signalRow(finding, run, found);
      return { ...row, alerted: isAlerted(row, now) };
    }),
  }));
}

function healthRun({ run: { startedAt, events }, signals }: Analysed) {
  return { startedAt, events, failureTypes: signals.map((signal) => signal.failure_type) };
}
