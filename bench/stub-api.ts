import { createServer, type Server } from 'node:http';
import { isNull } from 'drizzle-orm';
import type { Reader } from '../src/db/open.ts';
import { agents } from '../src/db/schema.ts';
import { benchPort, readWorld, type World } from './world.ts';

/** The agents of a mirror as the API lists them. */
export function listedAgents({ db }: Reader) {
  const rows = db.select().from(agents).where(isNull(agents.goneAt)).all();
  return rows.map((row) => ({
    agent_id: row.agentId,
    last_seen: row.lastSeen,
    run_count: row.runCount,
    signal_count: row.signalCount,
    critical_count: row.criticalCount,
    high_count: row.highCount,
    sparkline: [],
    failure_types: JSON.parse(row.failureTypes ?? '{}'),
  }));
}

/** A Customer API at which nothing has moved since the world was written: it lists the agents, and has nothing else. */
export async function serveStub(world: World): Promise<Server> {
  const reader = readWorld(world);
  const listed = listedAgents(reader);
  reader.close();
  const page = { total: listed.length, offset: 0, limit: 500, has_more: false };
  const body = JSON.stringify({ agents: listed, page });
  const server = createServer((request, response) => {
    const isList = request.url?.startsWith('/v1/agents?') === true;
    response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' });
    response.end(isList ? body : '{"detail":"Not Found"}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(benchPort, '127.0.0.1', resolve);
  });
  return server;
}
