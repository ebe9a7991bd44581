import { idText } from '../printable.ts';
import type { Health } from '../queries/health.ts';
import type { Cause, Difference } from '../queries/health-difference.ts';
import type { Basis, HealthComponent } from '../queries/health-parts.ts';
import { healthMark } from './marks.ts';
import { plural } from './plural.ts';
import { intervalAfter } from './rates.ts';
import { ago } from './time.ts';

const points = ({ score, max }: HealthComponent) => `${score}/${max}`;

/** `41/100`, or why there is no score. */
export function scoreText({ score, sampleRuns }: Health): string {
  if (score !== null) return `${score}/100`;
  const known =
    sampleRuns === 1 ? '1 run of the last 30 days is known' : `${sampleRuns} runs of the last 30 days are known`;
  return `none (${known}, at least 3 are needed)`;
}

/** What a component's score is based on: `events 96% of runs`. `now` is in Unix seconds. */
export function basisText(basis: Basis, now: number): string {
  if (basis.from === 'runs') return `${basis.affected} of ${basis.total} runs`;
  // Rounded down: 100% means all runs.
  if (basis.from === 'events') return `events ${Math.floor((basis.runs / basis.total) * 100)}% of runs`;
  return basis.from === 'server' ? `server, ${ago(now - basis.at)}` : 'neutral: no data';
}

function componentLine(component: HealthComponent, now: number): string {
  const { name, value, baseline, label, basis } = component;
  const compared = baseline === null ? '' : `, baseline: ${baseline.toFixed(1)}`;
  const current = value === null ? '' : `current: ${value.toFixed(1)} ${label}${compared}; `;
  const interval = basis.from === 'runs' ? intervalAfter(basis.affected, basis.total) : '';
  return `  ${name} ${points(component)} (${current}${basisText(basis, now)}${interval})`;
}

/** Explains components that were measured but have no baseline to compare with. */
function withoutBaseline(components: readonly HealthComponent[]): string[] {
  const bare = components.filter(({ baseline, basis }) => baseline === null && basis.from === 'events');
  if (bare.length === 0) return [];
  const names = bare.map(({ name }) => name).join(' and ');
  return [
    `No baseline for ${names}: it takes 20 runs of 30 to 90 days ago with events. Until then fixed limits apply: full points up to 500 tokens and 1000 ms, none from 4000 tokens and 8000 ms.`,
  ];
}

/** Why a component is likely to differ from the server's. */
export function causeText(cause: Cause, now: number): string {
  switch (cause.kind) {
    case 'age':
      return `the server's is from ${ago(now - cause.at)}`;
    case 'runs':
      return `the server counts ${plural(cause.server, 'run')}, the mirror ${cause.here}: it goes by their time of analysis, which it does not send`;
    case 'events':
      return `the mirror has the events of ${cause.runs} of ${plural(cause.total, 'run')}`;
    case 'baseline':
      return `its baseline is ${cause.server ?? 'none'}, here it is ${cause.here === null ? 'none' : cause.here}: the mirror takes a sample of the old runs`;
    case 'times':
      return 'it goes by when runs were analysed and events arrived, which it does not send';
  }
}

/** A component that differs from the server's. */
const differenceText = ({ component, server, here, cause }: Difference, now: number): string =>
  `${component}: ${server} there, ${here} here; likely because ${causeText(cause, now)}`;

/** The server's own score where it differs, and why it may; otherwise no lines. `now` is in Unix seconds. */
export function serverScoreLines({ server, differences }: Health, now: number): string[] {
  if (server === null) return [];
  return [
    `Server's score: ${server.score}/100 (${ago(now - server.at)})`,
    ...differences.map((difference) => `  ${differenceText(difference, now)}`),
  ];
}

/** An agent's health score and its parts. `now` is in Unix seconds. */
export function healthLines(agentId: string, health: Health, now: number): string[] {
  const { score, components, sampleRuns, isBaselineReady } = health;
  const lines = [
    `${healthMark(score)} Health score for ${idText(agentId)}: ${scoreText(health)}`,
    ...serverScoreLines(health, now),
    `Sample runs: ${sampleRuns}`,
    `Baseline ready: ${isBaselineReady ? 'yes' : 'no (need ≥30 runs for token/latency)'}`,
  ];
  if (components.length === 0) return lines;
  const breakdown = components.map((component) => componentLine(component, now));
  return [...lines, 'Component breakdown:', ...breakdown, ...withoutBaseline(components)];
}

/** The parts in a line: `failure_rate 7/40, loop_avoidance 4/25`. */
export const componentsText = ({ components }: Pick<Health, 'components'>): string =>
  components.map((component) => `${component.name} ${points(component)}`).join(', ');
