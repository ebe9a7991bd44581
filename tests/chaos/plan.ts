import fc from 'fast-check';
import type { Fault } from '../support/fake-customer-api.ts';
import { type Harm, harmNames } from '../support/harm.ts';
import { agentIds, type Change, changes } from '../support/history.ts';

/** What happens in a chaos run, and when. All of it is drawn from the seed, before anything happens. */

/** How many servers share the mirror file. */
export const serverCount = 3;

export interface ToolCall {
  name: string;
  args: Record<string, unknown>;
}

export type Happening =
  /** The world moves on. */
  | { do: 'change'; change: Change }
  /** For so many milliseconds a share (0 to 1) of the requests fails so; `seed` picks which. */
  | { do: 'fault'; fault: Fault; share: number; ms: number; seed: number }
  /** Connections are refused for so many milliseconds. */
  | { do: 'outage'; ms: number }
  /** kill -9, and so many milliseconds later a new server. */
  | { do: 'kill'; server: number; ms: number }
  /** Asked to end, by a signal or by its stdin; later a new server. */
  | { do: 'end'; server: number; by: 'SIGTERM' | 'stdin'; ms: number }
  /** Held still for so many milliseconds, as a laptop that sleeps. */
  | { do: 'freeze'; server: number; ms: number }
  /** Something befalls the mirror's files, and this server is asked, which is to notice. */
  | { do: 'harm'; server: number; harm: Harm }
  | { do: 'call'; server: number; call: ToolCall };

export interface Moment {
  /** Milliseconds since the beginning. */
  at: number;
  what: Happening;
}

const server = fc.nat(serverCount - 1);
const agent_id = fc.constantFrom(...agentIds, 'nobody');
const run_id = fc.integer({ min: 1, max: 300 }).map((n) => `run-${n}`);
const noArgs = fc.constant({});

const argsOf: Readonly<Record<string, fc.Arbitrary<Record<string, unknown>>>> = {
  list_agents: noArgs,
  get_agent_signals: fc.record({ agent_id }),
  get_signal_detail: fc.record({ signal_id: fc.integer({ min: 1, max: 300 }) }),
  get_agent_health: fc.record({ agent_id }),
  get_run_detail: fc.record({ run_id }),
  search_signals: fc.constantFrom({}, { query: 'loop' }, { severity: 'LOW', limit: 5 }),
  get_agent_patterns: fc.record({ agent_id }),
  get_failure_pattern_detail: fc.record({ agent_id, failure_type: fc.constant('TOOL_LOOP') }),
  summarize_agent: fc.record({ agent_id }),
  get_agent_runs: fc.record({ agent_id }),
  get_agent_token_stats: fc.record({ agent_id }),
  compare_runs: fc.record({ run_id_1: run_id, run_id_2: run_id }),
  compare_versions: fc.record({ agent_id }),
  search_issues: fc.constantFrom({}, { status: 'open' }),
  list_agent_issues: fc.constantFrom({ agent_id: 'a' }),
  get_issue: fc.constantFrom({ issue_id: 1 }),
  list_agent_fixes: fc.constantFrom({ agent_id: 'a' }),
  get_fix_status: fc.constantFrom({ signal_id: 1 }),
  list_conversations: fc.constantFrom({}),
  get_conversation: fc.constantFrom({ conversation_id: 1 }),
  list_approvals: fc.constantFrom({}, { status: 'pending' }),
  find_similar_runs: fc.record({ run_id }),
  breakdown: fc.constantFrom(
    { by: 'tool', of: 'failures' },
    { by: 'version', of: 'tokens' },
    { by: 'hour', of: 'runs', agent_id: 'a' },
  ),
  list_policies: fc.constantFrom({}, { agent_id: 'a' }),
  list_custom_detectors: fc.constantFrom({}),
  get_whats_new: fc.constantFrom({}, { since: '1h' }),
  refresh_mirror: fc.constantFrom({}, { agent_id: 'a' }),
  get_mirror_status: noArgs,
};

const call = fc
  .constantFrom(...Object.entries(argsOf))
  .chain(([name, args]) => args.map((drawn): ToolCall => ({ name, args: drawn })));

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom<Fault>(
    { kind: 'down' },
    { kind: 'reset' },
    { kind: 'hang' },
    { kind: 'cut body' },
    { kind: 'cut json' },
    { kind: 'html' },
    { kind: 'wrong shape' },
    { kind: 'bad rows' },
  ),
  fc.record({ kind: fc.constant('slow' as const), ms: fc.integer({ min: 50, max: 1500 }) }),
  fc.constantFrom<Fault>(
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429 },
    { kind: 'status', status: 429, retryAfter: '1' },
    { kind: 'status', status: 429, retryAfter: '2' },
  ),
);

export interface PlanOptions {
  seed: number;
  seconds: number;
  /** The longest that a server is held still, in seconds. */
  freezeSeconds: number;
}

/** The same options give the same plan. */
export function planChaos({ seed, seconds, freezeSeconds }: PlanOptions): Moment[] {
  const at = fc.nat(seconds * 1000);
  const wait = fc.integer({ min: 100, max: 2500 });
  /** `perSecond` of a kind on average, all over the time. */
  const many = (perSecond: number, what: fc.Arbitrary<Happening>) => {
    const count = Math.max(1, Math.round(perSecond * seconds));
    return fc.array(fc.record({ at, what }), { minLength: count, maxLength: count });
  };
  const record = <Do extends string>(does: Do) => ({ do: fc.constant(does) });
  const plan = fc.tuple(
    many(1, fc.record({ ...record('change' as const), change: changes('anything') })),
    many(
      0.5,
      fc.record({
        ...record('fault' as const),
        fault,
        share: fc.constantFrom(0.2, 0.5, 1),
        ms: fc.integer({ min: 300, max: 2500 }),
        seed: fc.nat(),
      }),
    ),
    many(0.07, fc.record({ ...record('outage' as const), ms: wait })),
    many(0.2, fc.record({ ...record('kill' as const), server, ms: wait })),
    many(
      0.08,
      fc.record({
        ...record('end' as const),
        server,
        by: fc.constantFrom('SIGTERM' as const, 'stdin' as const),
        ms: wait,
      }),
    ),
    many(
      0.07,
      fc.record({ ...record('freeze' as const), server, ms: fc.integer({ min: 500, max: freezeSeconds * 1000 }) }),
    ),
    many(0.07, fc.record({ ...record('harm' as const), server, harm: fc.constantFrom(...harmNames) })),
    many(4, fc.record({ ...record('call' as const), server, call })),
  );
  const [moments = []] = fc.sample(fc.noBias(plan.map((kinds): Moment[] => kinds.flat().sort((a, b) => a.at - b.at))), {
    seed,
    numRuns: 1,
  });
  return moments;
}
