/** What a breakdown can be by, and of. */
export const dimensions = ['tool', 'model', 'hour', 'version', 'failure_type', 'input'] as const;
export const measures = ['runs', 'failures', 'tokens', 'cost'] as const;

export type Dimension = (typeof dimensions)[number];
export type Measure = (typeof measures)[number];

/** Tokens and costs of whole runs, as get_agent_token_stats counts them. */
const tokensOf = (runs: string) =>
  `tokens of ${runs}, prompt, completion and reasoning: by their events if these count tokens, else the runs list's total`;
const costOf = (runs: string) =>
  `US dollars of ${runs}: the server's cost of a run where it tells one, else its model calls at the table's prices`;

const several = 'a run counts for each that it has';

/**
 * What each combination counts; one that is missing makes no sense. Runs are those that the API lists, by their start (else
 * their end); a run failed if it has a signal that the API still lists, whenever that was detected.
 */
export const formulas: Readonly<Record<Dimension, Partial<Record<Measure, string>>>> = {
  tool: {
    runs: `runs whose events call the tool; ${several}`,
    failures: 'tool.responded events with success false, of those that tell success',
  },
  model: {
    runs: `runs whose events call the model; ${several}`,
    failures: `runs that call the model and failed, of all that call it; ${several}`,
    tokens: "tokens of the model's calls in events: prompt, completion and reasoning",
    cost: "US dollars of the model's calls in events: the server's cost of a run that calls one model, else the calls at the table's prices",
  },
  hour: {
    runs: 'runs by the hour of the day (UTC) of their start',
    failures: 'failed runs, of all that started at that hour of the day (UTC)',
    tokens: tokensOf('the runs that started at that hour of the day (UTC)'),
    cost: costOf('the runs that started at that hour of the day (UTC)'),
  },
  version: {
    runs: "runs by their agent's version",
    failures: 'failed runs, of all of the version',
    tokens: tokensOf('the runs of the version'),
    cost: costOf('the runs of the version'),
  },
  failure_type: {
    failures: `runs with a signal of the type, of all runs; ${several}`,
    tokens: `${tokensOf('the runs with a signal of the type')}; ${several}`,
    cost: `${costOf('the runs with a signal of the type')}; ${several}`,
  },
  input: {
    runs: "runs by their input's hash, which is in their events",
    failures: 'failed runs, of all with the input',
    tokens: tokensOf('the runs with the input'),
    cost: costOf('the runs with the input'),
  },
};

/** Why a dimension lacks measures. */
export const missing: Partial<Record<Dimension, string>> = {
  tool: 'model calls spend tokens, not tools',
  failure_type: 'a run that has a type is a failed one',
};
