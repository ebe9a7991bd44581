/** The parts of a health score. */

/** What a component's score is based on. */
export type Basis =
  | { from: 'runs'; affected: number; total: number }
  | { from: 'events'; runs: number; total: number }
  /** `at` in Unix seconds. */
  | { from: 'server'; at: number }
  | { from: 'nothing' };

/** One part of a health score. */
export interface HealthComponent {
  name: 'failure_rate' | 'loop_avoidance' | 'token_efficiency' | 'latency';
  score: number;
  max: number;
  /** The measured value, in the label's unit; null: not measured. */
  value: number | null;
  /** The baseline for the value; null: the formula's fixed limits apply. */
  baseline: number | null;
  label: string;
  basis: Basis;
}
