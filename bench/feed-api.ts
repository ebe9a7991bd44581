import { createServer } from 'node:http';
import type { Reader } from '../src/db/open.ts';
import { listedAgents } from './stub-api.ts';
import { readWorld, type World } from './world.ts';

/**
 * A Customer API in a process of its own, so that its work is not the bench's: `node feed-api.js <a FeedOptions as JSON>`. It
 * lists the runs and signals of the world's mirror; all is rendered before it says, on stdout, where it listens.
 */

export interface FeedOptions {
  world: World;
  /** What each answer takes longer than it must; 0 unless given. */
  latencyMs?: number;
  /** Of each list there are only so many rows; all unless given. */
  newest?: number;
}

const lists = {
  signals: `select agent_id, json_object('id', id, 'failure_type', failure_type, 'severity', severity, 'run_id', run_id,
      'agent_id', agent_id, 'agent_version', agent_version, 'step_index', step_index, 'confidence', confidence,
      'detected_at', detected_at, 'evidence', json(evidence), 'alerted', json(iif(alerted, 'true', 'false')),
      'shadow', json('false'), 'co_signal_count', co_signal_count, 'title', title, 'what', what,
      'why_it_matters', why_it_matters, 'evidence_summary', evidence_summary, 'suggested_fixes', json(suggested_fixes)) as row
    from v_signals order by id desc`,
  runs: `select agent_id, json_object('run_id', run_id, 'agent_id', agent_id, 'agent_version', agent_version,
      'started_at', started_at, 'completed_at', completed_at, 'exit_reason', exit_reason, 'step_count', step_count,
      'signal_count', signal_count, 'has_signals', json(iif(has_signals, 'true', 'false')), 'total_tokens', total_tokens,
      'cost_usd', cost_usd) as row
    from v_runs order by completed_at desc`,
} as const;

type ListName = keyof typeof lists;
const isList = (name: string | undefined): name is ListName => name !== undefined && Object.hasOwn(lists, name);

/** The rows of a list, as JSON, by agent. */
function render({ sqlite }: Reader, list: ListName): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const { agent_id, row } of sqlite.prepare<[], { agent_id: string; row: string }>(lists[list]).iterate()) {
    const known = rows.get(agent_id);
    if (known) known.push(row);
    else rows.set(agent_id, [row]);
  }
  return rows;
}

function pageOf(list: string, rows: readonly string[], search: URLSearchParams): Buffer {
  const offset = Number(search.get('offset') ?? 0);
  const limit = Number(search.get('limit') ?? 50);
  const page = { total: rows.length, offset, limit, has_more: offset + limit < rows.length };
  return Buffer.from(`{"${list}":[${rows.slice(offset, offset + limit).join()}],"page":${JSON.stringify(page)}}`);
}

/** A run's detail, looked for among all runs: few are asked for. */
function detailOf(runs: Map<string, string[]>, runId: string): Buffer | undefined {
  const begin = `{"run_id":${JSON.stringify(runId)},`;
  for (const rows of runs.values()) {
    const row = rows.find((one) => one.startsWith(begin));
    if (row !== undefined) return Buffer.from(`${row.slice(0, -1)},"events":[],"signals":[]}`);
  }
  return undefined;
}

function serve({ world, latencyMs = 0, newest }: FeedOptions): void {
  const reader = readWorld(world);
  const rendered = { signals: render(reader, 'signals'), runs: render(reader, 'runs') };
  const agents = listedAgents(reader).map((agent) => JSON.stringify(agent));
  reader.close();
  /** Each page is made once: the first pull, which does not count, has them all made. */
  const made = new Map<string, Buffer | undefined>();
  let served = 0;

  function make(url: string): Buffer | undefined {
    const { pathname, searchParams } = new URL(url, 'http://stub');
    const [, , agentId = '', list] = pathname.slice(1).split('/').map(decodeURIComponent);
    const [, runId] = /^\/v1\/runs\/([^/]+)$/.exec(pathname) ?? [];
    if (runId !== undefined) return detailOf(rendered.runs, decodeURIComponent(runId));
    if (pathname === '/v1/agents') return pageOf('agents', agents, searchParams);
    return isList(list) ? pageOf(list, rendered[list].get(agentId)?.slice(0, newest) ?? [], searchParams) : undefined;
  }

  const server = createServer(({ url = '/' }, response) => {
    if (url === '/served') {
      response.end(String(served));
      return;
    }
    served += 1;
    if (!made.has(url)) made.set(url, make(url));
    const body = made.get(url);
    const answer = () => {
      response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
      response.end(body ?? '{"detail":"Not Found"}');
    };
    if (latencyMs > 0) setTimeout(answer, latencyMs);
    else answer();
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
  });
  // Whoever started it has ended.
  process.stdin.on('end', () => process.exit()).resume();
}

serve(JSON.parse(process.argv[2] ?? ''));
