import { computeHealth } from './health.ts';
import { agentRow, runDetail, runRow, type SampleRun, signalRow } from './rows.ts';
import { demoStory, isAlerted } from './story.ts';
import { explain } from './texts.ts';
import type { Generation, WireAgent, WireRun, WireSignal } from './wire.ts';

/** Seconds from the end of a run to its analysis. */
const ANALYSED_AFTER = 5;

/** What a path shows: the rows of a list, newest first, or one thing. */
export type Shown =
  | { readonly list: 'agents'; readonly rows: readonly WireAgent[] }
  | { readonly list: 'runs'; readonly rows: readonly WireRun[] }
  | { readonly list: 'signals'; readonly rows: readonly WireSignal[] }
  | { readonly body: unknown };

/** What the Customer API would show at each path if the story up to `now` (Unix seconds) were real. */
export function sampleWorld(now: number, generation: Generation): ReadonlyMap<string, Shown> {
  const analysed = analyse(now, generation);
  const rowOf = ({ run, signals }: Analysed) => runRow(run, signals.length, generation);
  const paths = new Map<string, Shown>([['/health', { body: { status: 'ok', version: '0.1.0', db: 'ok' } }]]);
  const agents = [...Map.groupBy(analysed, ({ run }) => run.agentId)].map(([agentId, its]) => {
    const path = `/v1/agents/${encodeURIComponent(agentId)}`;
    const signals = signalsOf(its);
    paths.set(`${path}/runs`, { list: 'runs', rows: its.toReversed().map(rowOf) });
    paths.set(`${path}/signals`, { list: 'signals', rows: signals });
    const body = computeHealth({ agentId, runs: its.map(healthRun), now, generation });
    if (generation > 1) paths.set(`${path}/health-score`, { body });
    return agentRow(
      its.map(({ run }) => run),
      signals,
      now,
    );
  });
  paths.set('/v1/agents', { list: 'agents', rows: agents.sort((a, b) => b.last_seen - a.last_seen) });
  if (generation > 1) paths.set('/v1/signals', { list: 'signals', rows: signalsOf(analysed) });
  if (generation > 2) paths.set('/v1/runs', { list: 'runs', rows: analysed.toReversed().map(rowOf) });
  for (const { run, signals } of analysed)
    paths.set(`/v1/runs/${run.runId}`, { body: runDetail(run, signals, generation) });
  return paths;
}

interface Analysed {
  readonly run: SampleRun;
  readonly signals: readonly WireSignal[];
}

/** Newest first. */
const signalsOf = (analysed: readonly Analysed[]) =>
  analysed.toReversed().flatMap(({ signals }) => signals.toReversed());

/** The story with its signals numbered, oldest first. */
function analyse(now: number, generation: Generation): Analysed[] {
  let id = 0;
  return demoStory(now, generation).map(({ run, signals }) => ({
    run,
    signals: signals.map((finding) => {
      id += 1;
      const found = { id, detectedAt: run.completedAt + ANALYSED_AFTER, together: signals.length, shadow: false };
      const row = signalRow(finding, explain(finding.failureType, finding.evidence), run, found, generation);
      return { ...row, alerted: isAlerted(row, now) };
    }),
  }));
}

function healthRun({ run: { startedAt, events }, signals }: Analysed) {
  return { startedAt, events, failureTypes: signals.map((signal) => signal.failure_type) };
}
