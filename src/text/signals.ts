import { printable } from '../printable.ts';
import type { SignalItem } from '../queries/signals.ts';
import { percent, severityMark } from './marks.ts';
import { ago } from './time.ts';

function signalLines(signal: SignalItem, now: number): string[] {
  const confidence = signal.confidence === null ? '' : `  conf=${percent(signal.confidence)}`;
  const step = signal.stepIndex === null ? '' : `  step=${signal.stepIndex}`;
  const fix = signal.fixes[0]?.description;
  return [
    `${severityMark(signal.severity)} [${printable(signal.severity)}] ${printable(signal.failureType)}${confidence}${step}  ${ago(now - signal.detectedAt)}`,
    `   id=${signal.id}  run=${printable(signal.runId)}`,
    `   ${printable(signal.title)}`,
    ...(signal.what ? [`   What: ${printable(signal.what)}`] : []),
    ...(fix ? [`   Fix: ${printable(fix)}`] : []),
  ];
}

/** An agent's signals, newest first; a long explanation is given once. `now` is in Unix seconds. */
export function agentSignalLines(
  agentId: string,
  { items: signals, total, covered }: { items: readonly SignalItem[]; total: number; covered: boolean },
  now: number,
): string[] {
  const title = `Signals for ${printable(agentId)} (${signals.length} shown, ${total} matched):`;
  if (signals.length === 0) return [title, covered ? 'No signals.' : 'No signals are mirrored.'];
  const told = new Set<string>();
  const blocks = signals.map((signal) => {
    const isTold = told.has(signal.what);
    told.add(signal.what);
    return signalLines(isTold ? { ...signal, what: '', fixes: [] } : signal, now).join('\n');
  });
  return [title, '', blocks.join('\n\n')];
}
