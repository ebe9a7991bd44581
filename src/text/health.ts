import { printable } from '../printable.ts';
import type { Health, HealthComponent } from '../queries/health.ts';
import { bar, healthMark } from './marks.ts';

const points = ({ score, max }: HealthComponent) => `${String(score).padStart(2)}/${max}`;

/** `41/100`, or why there is no score. */
export function scoreText({ score, sampleRuns }: Health): string {
  if (score !== null) return `${score}/100`;
  const known =
    sampleRuns === 1 ? '1 run of the last 30 days is known' : `${sampleRuns} runs of the last 30 days are known`;
  return `none (${known}, at least 3 are needed)`;
}

function componentLine(component: HealthComponent): string {
  const { name, value, label, basis } = component;
  const current = value === null ? basis : `current: ${value.toFixed(1)} ${label}; ${basis}`;
  return `  ${name.padEnd(16)} ${points(component)} (${current})`;
}

/** An agent's health score and its parts. */
export function healthLines(agentId: string, health: Health): string[] {
  const { score, components, sampleRuns, isBaselineReady } = health;
  return [
    `${healthMark(score)} Health score for ${printable(agentId)}: ${scoreText(health)}`,
    `Sample runs:    ${sampleRuns}`,
    `Baseline ready: ${isBaselineReady ? 'yes' : 'no (need ≥30 runs for token/latency)'}`,
    ...(components.length === 0 ? [] : ['', 'Component breakdown:', ...components.map(componentLine)]),
  ];
}

/** The parts as bars. */
export function healthBars({ components }: Health): string[] {
  return components.map(
    (component) => `  ${component.name.padEnd(16)} ${bar(component.score / component.max)} ${points(component)}`,
  );
}
