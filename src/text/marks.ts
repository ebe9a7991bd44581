/** What stands before a signal's line for its severity. */
export function severityMark(severity: string): string {
  if (severity === 'CRITICAL') return '🔴';
  if (severity === 'HIGH') return '🟠';
  return severity === 'MEDIUM' ? '🟡' : '🔵';
}

export function percent(fraction: number): string {
  return `${Math.round(fraction * 100)}%`;
}
