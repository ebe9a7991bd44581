import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { agents, runs, signals } from '../src/mirror/schema.ts';
import { bytesOf, type Connected, connectEcho, connectMirror, echoLike } from './clients.ts';
import { interleave, ratios, spreadOf } from './measure.ts';
import { type Section, shown } from './report.ts';
import { agentName, readWorld, type World } from './world.ts';

interface Question {
  name: string;
  tool: string;
  args?: Record<string, unknown>;
}

/** What is asked: of the largest agent, and of a run and a signal in the middle of its lists. */
function questions(world: World): Question[] {
  const reader = readWorld(world);
  const agent = agentName(0);
  const ofAgent = eq(agents.agentId, agent);
  const run = reader.db
    .select({ id: runs.runId })
    .from(runs)
    .innerJoin(agents, eq(agents.id, runs.agent))
    .where(and(ofAgent, isNotNull(runs.detailAt)))
    .orderBy(desc(runs.startedAt))
    .limit(1)
    .offset(20)
    .get();
  const signal = reader.db
    .select({ key: signals.key })
    .from(signals)
    .limit(1)
    .offset(world.signals / 2)
    .get();
  reader.close();
  const search = (name: string, args: Record<string, unknown>): Question => ({
    name: `search_signals, ${name}`,
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
    search('a frequent word', { query: 'calls' }),
    search('two words', { query: 'window calls' }),
    search('a rare word of the evidence', { query: '"step_ms 20000"' }),
    { name: 'get_agent_signals', tool: 'get_agent_signals', args: { agent_id: agent } },
    { name: 'get_agent_runs', tool: 'get_agent_runs', args: { agent_id: agent } },
    { name: 'get_run_detail', tool: 'get_run_detail', args: { run_id: run?.id ?? '' } },
    { name: 'get_signal_detail', tool: 'get_signal_detail', args: { signal_id: -(signal?.key ?? 0) } },
    { name: 'summarize_agent', tool: 'summarize_agent', args: { agent_id: agent } },
    { name: `list_agents (${world.agents})`, tool: 'list_agents' },
    { name: 'get_agent_patterns', tool: 'get_agent_patterns', args: { agent_id: agent } },
    { name: 'get_agent_health', tool: 'get_agent_health', args: { agent_id: agent } },
  ];
}

interface Measured {
  name: string;
  bytes: number;
  answers: number[];
  echoes: number[];
}

/** A slow answer is asked for less often: the medians of a second are as good as those of a minute. */
async function repetitions(call: () => Promise<unknown>): Promise<{ rounds: number; calls: number }> {
  const began = performance.now();
  await call();
  await call();
  const each = (performance.now() - began) / 2;
  return { rounds: each > 500 ? 3 : 5, calls: Math.max(1, Math.min(60, Math.round(150 / each))) };
}

async function ask(server: Connected, echo: Connected, { name, tool, args }: Question): Promise<Measured> {
  const call = () => server.call(tool, args);
  const answer = await call();
  const [answers = [], echoes = []] = await interleave([call, echoLike(echo, answer)], await repetitions(call));
  return { name, bytes: bytesOf(answer), answers, echoes };
}

async function measure(world: World, only: RegExp): Promise<Measured[]> {
  const server = await connectMirror(world);
  const echo = await connectEcho();
  const found: Measured[] = [];
  for (const question of questions(world)) if (only.test(question.name)) found.push(await ask(server, echo, question));
  await Promise.all([server.close(), echo.close()]);
  return found;
}

/** Each tool over stdio, hot, against an echo of the same size; and in the largest world against the smallest. */
export async function reads(worlds: readonly World[], only: RegExp): Promise<Section[]> {
  const sections: Section[] = [];
  let smallest: Measured[] | undefined;
  for (const world of worlds) {
    const measured = await measure(world, only);
    const base = smallest;
    const grown = ({ name, answers }: Measured) => {
      const small = base?.find((one) => one.name === name);
      return small ? [(spreadOf(answers).median / spreadOf(small.answers).median).toFixed(2)] : [];
    };
    sections.push({
      title: `Reads at ${world.signals.toLocaleString('en')} signals`,
      intro:
        'An SDK client calls the program over stdio, hot. The echo is the SDK\'s own server (`McpServer`, text and structured content) giving an answer of as many bytes; "against" is the ratio of both in the same round.',
      head: ['tool', 'bytes', 'ms', 'echo, ms', 'against an echo', ...(base ? [`against ${worlds[0]?.signals}`] : [])],
      rows: measured.map((one) => [
        one.name,
        String(one.bytes),
        shown(spreadOf(one.answers)),
        shown(spreadOf(one.echoes)),
        shown(ratios(one.answers, one.echoes)),
        ...grown(one),
      ]),
    });
    smallest ??= measured;
  }
  return sections;
}
