import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { agents, runs, signals } from '../src/db/schema.ts';
import { bytesOf, type Call, type Connected, connectEcho, connectMirror, echoLike } from './clients.ts';
import { interleave, ratios, spreadOf } from './measure.ts';
import { type Section, shown } from './report.ts';
import { agentName, createToucher, readWorld, type World } from './world.ts';

interface Question {
  name: string;
  /** How many milliseconds its first answer after a commit may take, of a million signals. */
  bound: number;
  tool: string;
  args?: Record<string, unknown>;
}

/** Bounds of the issue that set them, in milliseconds: of what is asked all the time, and of the rest. */
const usual = 25;
const long = 120;

/** What is asked: of the largest agent, and of runs and a signal in the middle of its lists. */
function questions(world: World): Question[] {
  const reader = readWorld(world);
  const agent = agentName(0);
  const ofAgent = eq(agents.agentId, agent);
  const [run, other] = reader.db
    .select({ id: runs.runId })
    .from(runs)
    .innerJoin(agents, eq(agents.id, runs.agent))
    .where(and(ofAgent, isNotNull(runs.detailAt)))
    .orderBy(desc(runs.startedAt))
    .limit(2)
    .offset(20)
    .all();
  const signal = reader.db
    .select({ key: signals.key })
    .from(signals)
    .limit(1)
    .offset(world.signals / 2)
    .get();
  reader.close();
  const search = (name: string, args: Record<string, unknown>, bound = usual): Question => ({
    name: `search_signals, ${name}`,
    bound,
    tool: 'search_signals',
    args,
  });
  return [
    search('no filter', {}),
    search('severity', { severity: 'HIGH' }),
    search('failure type', { failure_type: 'SLOW_STEP' }),
    search('type and severity', { failure_type: 'SLOW_STEP', severity: 'CRITICAL' }),
    search('agent', { agent_id: agent }),
    search('agent, type, severity', { agent_id: agent, failure_type: 'TOOL_LOOP', severity: 'HIGH' }),
    search('agent, rare type and severity', {
      agent_id: agentName(40),
      failure_type: 'PROMPT_INJECTION_SIGNAL',
      severity: 'CRITICAL',
    }),
    search('last 7 days', { since_hours: 168 }),
    search('agent, type, last 7 days', { agent_id: agent, failure_type: 'TOOL_LOOP', since_hours: 168 }),
    search('version', { agent_version: 'v1.3.0' }),
    search('a frequent word', { query: 'calls' }, long),
    search('two words', { query: 'window calls' }, long),
    search('a rare word of the evidence', { query: '"step_ms 20000"' }, long),
    search('a word of each evidence', { query: 'step_ms' }, long),
    { name: 'get_run_detail', bound: usual, tool: 'get_run_detail', args: { run_id: run?.id ?? '' } },
    { name: 'summarize_agent', bound: usual, tool: 'summarize_agent', args: { agent_id: agent } },
    { name: `list_agents (${world.agents})`, bound: usual, tool: 'list_agents' },
    { name: 'get_agent_patterns', bound: usual, tool: 'get_agent_patterns', args: { agent_id: agent } },
    { name: 'get_agent_health', bound: usual, tool: 'get_agent_health', args: { agent_id: agent } },
    { name: 'get_agent_signals', bound: usual, tool: 'get_agent_signals', args: { agent_id: agent } },
    { name: 'get_agent_runs', bound: usual, tool: 'get_agent_runs', args: { agent_id: agent } },
    { name: 'get_signal_detail', bound: usual, tool: 'get_signal_detail', args: { signal_id: -(signal?.key ?? 0) } },
    { name: 'get_agent_token_stats', bound: long, tool: 'get_agent_token_stats', args: { agent_id: agent } },
    {
      name: 'get_failure_pattern_detail',
      bound: long,
      tool: 'get_failure_pattern_detail',
      args: { agent_id: agent, failure_type: 'TOOL_LOOP' },
    },
    { name: 'get_whats_new, 24 hours', bound: long, tool: 'get_whats_new', args: { since: '24h' } },
    { name: 'compare_versions', bound: long, tool: 'compare_versions', args: { agent_id: agent } },
    {
      name: 'compare_runs',
      bound: long,
      tool: 'compare_runs',
      args: { run_id_1: run?.id ?? '', run_id_2: other?.id ?? '' },
    },
    { name: 'find_similar_runs', bound: long, tool: 'find_similar_runs', args: { run_id: run?.id ?? '' } },
    {
      name: 'breakdown, failures by type of 7 days',
      bound: long,
      tool: 'breakdown',
      args: { by: 'failure_type', of: 'failures' },
    },
  ];
}

interface Measured {
  name: string;
  bound: number;
  bytes: number;
  answers: number[];
  echoes: number[];
  /** First answers after a commit to the file. */
  young: number[];
}

/** A slow answer is asked for less often: the medians of a second are as good as those of a minute. */
async function callsOf(call: Call, before = () => {}): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    before();
    const began = performance.now();
    await call();
    times.push(performance.now() - began);
  }
  return Math.max(1, Math.min(60, Math.round(150 / spreadOf(times).median)));
}

async function ask(
  { server, echo, touch }: { server: Connected; echo: Connected; touch: () => void },
  question: Question,
  rounds: number,
): Promise<Measured> {
  const { name, bound, tool, args } = question;
  const call = () => server.call(tool, args);
  const answer = await call();
  const calls = await callsOf(call);
  const [answers = [], echoes = [], young = []] = await interleave(
    [
      { call, calls },
      { call: echoLike(echo, answer), calls },
      { call, before: touch, calls: Math.min(20, await callsOf(call, touch)) },
    ],
    rounds,
  );
  return { name, bound, bytes: bytesOf(answer), answers, echoes, young };
}

async function measure(world: World, only: RegExp, rounds: number): Promise<Measured[]> {
  const server = await connectMirror(world);
  const echo = await connectEcho();
  const { touch, close } = createToucher(world);
  const found: Measured[] = [];
  for (const question of questions(world))
    if (only.test(question.name)) found.push(await ask({ server, echo, touch }, question, rounds));
  close();
  await Promise.all([server.close(), echo.close()]);
  return found;
}

const median = (values: readonly number[]) => spreadOf(values).median;

/** What each takes in this world, and how many times as much as in the smallest. */
function rowsOf(
  measured: readonly Measured[],
  base: readonly Measured[] | undefined,
  times: (one: Measured) => readonly number[],
  besides: (one: Measured) => string[],
): string[][] {
  return measured.map((one) => {
    const small = base?.find(({ name }) => name === one.name);
    const grown = small ? [(median(times(one)) / median(times(small))).toFixed(2)] : [];
    return [one.name, String(one.bytes), shown(spreadOf(times(one))), ...besides(one), ...grown];
  });
}

/** Each tool over stdio: the first answer after a commit, and one after another; in the largest world against the smallest. */
export async function reads(worlds: readonly World[], only: RegExp): Promise<Section[]> {
  const sections: Section[] = [];
  let smallest: Measured[] | undefined;
  for (const world of worlds) {
    const measured = await measure(world, only, worlds.length > 1 ? 5 : 3);
    const size = `${world.signals.toLocaleString('en')} signals`;
    const against = smallest ? [`against ${worlds[0]?.signals.toLocaleString('en')}`] : [];
    sections.push(
      {
        title: `First answers at ${size}`,
        intro:
          "An SDK client calls the program over stdio. Each call is the first one after another connection's commit, which empties what SQLite remembers: what a person meets nearly always. Bounds hold at 1,000,000 signals.",
        head: ['tool', 'bytes', 'first answer, ms', 'bound', ...against],
        rows: rowsOf(
          measured,
          smallest,
          ({ young }) => young,
          ({ bound }) => [String(bound)],
        ),
      },
      {
        title: `Repeated answers at ${size}`,
        intro:
          "The same questions, with nothing written between two calls. The echo is the SDK's own server (`McpServer`, text and structured content) giving an answer of as many bytes, in the same round.",
        head: ['tool', 'bytes', 'repeated, ms', 'echo, ms', 'against an echo', ...against],
        rows: rowsOf(
          measured,
          smallest,
          ({ answers }) => answers,
          ({ answers, echoes }) => [shown(spreadOf(echoes)), shown(ratios(answers, echoes))],
        ),
      },
    );
    smallest ??= measured;
  }
  return sections;
}
