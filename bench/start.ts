import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectMirror, echoScript, mainScript, mirrorEnv } from './clients.ts';
import { ratios, spreadOf } from './measure.ts';
import { type Section, shown } from './report.ts';
import { serveStub } from './stub-api.ts';
import type { World } from './world.ts';

const bareScript = fileURLToPath(new URL('./bare-server.cjs', import.meta.url));

/** By then the functions of a start are compiled; Node keeps them when the program ends. */
const keptMs = 4500;
/** A server is idle after that. */
const idleMs = 20_000;

interface Arm {
  name: string;
  script: string;
  env: Record<string, string>;
  tool: string;
  args: Record<string, unknown>;
  /** The name of what it is held against. */
  floor: string;
  bound?: number;
}

/** From the start of a process to its answers, in milliseconds. */
interface Started {
  initialized: number;
  answered: number;
}

const lineOf = (message: object) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
const initialize = lineOf({
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '0' } },
});

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}

/** Starts a server and asks it as an editor does, with nothing between that takes time of its own. */
async function startOnce({ script, env, tool, args }: Arm, staysMs = 0): Promise<Started> {
  const began = performance.now();
  const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.write(initialize);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answerTo = async (id: number) => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`${script} has ended before its answer`);
      const message = JSON.parse(value);
      if (message.id !== id) continue;
      if (message.error || message.result.isError) throw new Error(value);
      return performance.now() - began;
    }
  };
  const initialized = await answerTo(1);
  child.stdin.write(lineOf({ method: 'notifications/initialized' }));
  child.stdin.write(lineOf({ id: 2, method: 'tools/call', params: { name: tool, arguments: args } }));
  const answered = await answerTo(2);
  await delay(staysMs);
  await end(child);
  return { initialized, answered };
}

async function startAll(arms: readonly Arm[], rounds: number): Promise<Started[][]> {
  const found: Started[][] = arms.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [place, arm] of arms.entries()) {
      const started = await startOnce(arm);
      if (round > 0) found[place]?.push(started);
    }
  }
  return found;
}

async function measureStart(world: World, rounds: number): Promise<Section> {
  const path = { PATH: process.env.PATH ?? '' };
  const caches = mkdtempSync(join(tmpdir(), 'dunetrace-bench-caches-'));
  const bare: Arm = { name: 'bare node', script: bareScript, env: path, tool: 'any', args: {}, floor: 'bare node' };
  const kept: Arm = {
    name: 'the program',
    script: mainScript,
    env: { ...mirrorEnv(world), XDG_CACHE_HOME: caches },
    tool: 'list_agents',
    args: {},
    floor: bare.name,
    bound: 1.7,
  };
  const { bound: _, ...unbound } = kept;
  const text = 'x'.repeat(2000);
  const arms: Arm[] = [
    bare,
    kept,
    { ...unbound, name: 'the program, compiled anew', env: { ...kept.env, NODE_DISABLE_COMPILE_CACHE: '1' } },
    { ...unbound, name: "the SDK's echo, unbundled", script: echoScript, env: path, tool: 'echo', args: { text } },
  ];
  // Node reads these certificates at every start; where a shell names them, the floor is as much higher.
  const { NODE_EXTRA_CA_CERTS } = process.env;
  if (NODE_EXTRA_CA_CERTS !== undefined) {
    const certified = ({ name, env, ...arm }: Arm): Arm => ({
      ...arm,
      name: `${name}, with NODE_EXTRA_CA_CERTS`,
      env: { ...env, NODE_EXTRA_CA_CERTS },
      floor: `${bare.name}, with NODE_EXTRA_CA_CERTS`,
    });
    arms.push(certified(bare), certified(kept));
  }
  const api = await serveStub(world);
  try {
    await startOnce(kept, keptMs);
    const found = await startAll(arms, rounds);
    const times = (name: string, of: keyof Started) =>
      (found[arms.findIndex((arm) => arm.name === name)] ?? []).map((started) => started[of]);
    return {
      title: 'Start',
      intro: `From spawn to the answer of \`initialize\`, and to that of the first call after it (\`list_agents\` on the mirror of ${world.signals.toLocaleString('en')} signals), in processes started in turn. Bound: 1.7 times bare node, which answers each line at once. The program has been started before, so that what V8 compiled then is at hand; "compiled anew" is its very first start.`,
      head: ['server', 'initialize, ms', 'first answer, ms', 'against bare node', 'bound'],
      rows: arms.map(({ name, floor, bound }) => [
        name,
        shown(spreadOf(times(name, 'initialized'))),
        shown(spreadOf(times(name, 'answered'))),
        shown(ratios(times(name, 'answered'), times(floor, 'answered'))),
        bound === undefined ? '' : String(bound),
      ]),
    };
  } finally {
    api.closeAllConnections();
    api.close();
    rmSync(caches, { recursive: true });
  }
}

/** Resident memory of a process, in MB. */
const residentOf = (pid: number) =>
  (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024) / 1e6;

async function measureMemory(world: World): Promise<Section> {
  const server = await connectMirror(world);
  try {
    await delay(idleMs);
    const fresh = residentOf(server.pid);
    for (const tool of ['list_agents', 'search_signals', 'get_whats_new', 'get_mirror_status']) await server.call(tool);
    await delay(idleMs);
    const idle = residentOf(server.pid);
    return {
      title: 'Memory',
      intro: `Resident memory of the whole process, both threads and SQLite's caches, on the mirror of ${world.signals.toLocaleString('en')} signals.`,
      head: ['the program', 'MB', 'bound'],
      rows: [
        ['idle, before its first question', fresh.toFixed(0), '120'],
        ['idle, after four questions', idle.toFixed(0), '120'],
      ],
    };
  } finally {
    await server.close();
  }
}

/** Spawn to answers in the smallest world; memory of the idle server in the largest. */
export async function start(worlds: readonly World[], only: RegExp): Promise<Section[]> {
  const sections: Section[] = [];
  const [smallest] = worlds;
  const largest = worlds.at(-1);
  if (smallest && only.test('start')) sections.push(await measureStart(smallest, worlds.length > 1 ? 9 : 4));
  if (largest && only.test('memory')) sections.push(await measureMemory(largest));
  return sections;
}
