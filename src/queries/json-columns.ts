/**
 * The columns that hold JSON as text, by their names in the views or in the tables behind them. No other column has one of these
 * names.
 */
export const jsonColumns: ReadonlySet<string> = new Set([
  ...['sparkline', 'failure_types', 'extra', 'detail_extra', 'evidence', 'suggested_fixes', 'payload'],
  ...['condition', 'action', 'config', 'body'],
]);
