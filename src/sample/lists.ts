/** What a query may ask of a list; a field that the list's rows lack must not be asked for. */
export interface Selection {
  readonly agentId?: string | undefined;
  readonly severity?: string | undefined;
  readonly failureType?: string | undefined;
  readonly hasSignals?: boolean | undefined;
  /** Of each agent only so many rows, the newest. */
  readonly perAgentLimit?: number | undefined;
}

export interface ListRow {
  readonly agent_id: string;
  readonly severity?: string;
  readonly failure_type?: string;
  readonly has_signals?: boolean;
}

/** The rows of a list, newest first, that are asked for; the list itself when that is all of them. */
export function selected<Row extends ListRow>(rows: readonly Row[], selection: Selection): readonly Row[] {
  const { agentId, severity, failureType, hasSignals, perAgentLimit } = selection;
  if (Object.values(selection).every((value) => value === undefined)) return rows;
  const seen = new Map<string, number>();
  return rows.filter((row) => {
    if (agentId !== undefined && row.agent_id !== agentId) return false;
    if (severity !== undefined && row.severity !== severity) return false;
    if (failureType !== undefined && row.failure_type !== failureType) return false;
    if (hasSignals !== undefined && row.has_signals !== hasSignals) return false;
    const count = (seen.get(row.agent_id) ?? 0) + 1;
    seen.set(row.agent_id, count);
    return perAgentLimit === undefined || count <= perAgentLimit;
  });
}

/** The signal as a list with `explain=false` shows it. */
export function withoutExplanation<Row extends object>(row: Row) {
  return { ...row, what: '', why_it_matters: '', suggested_fixes: [] };
}
