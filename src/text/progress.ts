import { span } from './time.ts';

export interface ProgressView {
  agentsDone: number;
  agentsTotal: number;
  rows: number;
  /** An estimate. */
  rowsTotal: number;
  elapsedSeconds: number;
}

const count = (value: number) => value.toLocaleString('en-US');

function facts({ agentsDone, agentsTotal, rows, rowsTotal, elapsedSeconds }: ProgressView): string {
  const rate = elapsedSeconds > 0 ? rows / elapsedSeconds : 0;
  const left = Math.max(0, rowsTotal - rows);
  const eta = left === 0 || rate === 0 ? '' : `  ETA ${span(left / rate)}`;
  return `${agentsDone}/${agentsTotal} agents  ${count(rows)}/${count(Math.max(rows, rowsTotal))} rows  ${count(Math.round(rate))} rows/s${eta}`;
}

/** The progress of a sync, in one line of at most `width` columns. */
export function progressBar(view: ProgressView, width: number): string {
  const text = facts(view);
  const size = Math.min(30, width - text.length - 3);
  if (size < 5) return text.slice(0, width);
  const fraction = view.rowsTotal === 0 ? 0 : Math.min(1, view.rows / view.rowsTotal);
  const full = Math.round(fraction * size);
  return `[${'#'.repeat(full)}${'-'.repeat(size - full)}] ${text}`;
}

/** The same without a bar, for a log. */
export function progressLine(view: ProgressView): string {
  return `sync: ${facts(view)}`;
}
