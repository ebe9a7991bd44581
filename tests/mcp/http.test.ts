import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, callTool, connectHttp, connectTo, freshnessOf, startHttpServer } from '../support/mcp-client.ts';
import { createPlace, mainScript, run } from '../support/program.ts';
import { ask, beginSession, errorOf, initializeBody, mcpHeaders } from '../support/raw-http.ts';
import { scoresAsked } from '../support/scores.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

const token = 'a-token-of-enough-characters';

async function fleet(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  return { api, place: createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', ...extra }) };
}

test('clients of both kinds get the same answers, from one mirror and one poller', async () => {
  const { api, place } = await fleet();
  const { child, url, stderr } = await startHttpServer(place);
  const first = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  const answer = await askUntil(
    () => callTool(first, 'list_agents'),
    (got) => freshnessOf(got).covered && !freshnessOf(got).stale,
  );
  expect(answer.structured).toMatchObject({ total: 2 });
  await scoresAsked(api);
  const requests = api.requests.length;
  const second = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  const older = await connectTo(new SSEClientTransport(new URL(`${url}/sse`)));
  for (const client of [second, older]) {
    expect((await callTool(client, 'list_agents')).structured.items).toEqual(answer.structured.items);
    expect((await callTool(client, 'get_agent_runs', { agent_id: 'research-agent' })).text).toContain(
      `${looping.slice(0, 8)}…`,
    );
  }
  expect(api.requests.length).toBe(requests);
  const status = JSON.parse((await run(['status', '--json'], place)).stdout);
  expect(status.poller.pid).toBe(child.pid);
  expect(stderr()).toBe(`dunetrace-mcp: listening on ${url}/mcp (and /sse for older clients, / for browsers)\n`);
});

test('connectHttp gives a connection like that over stdio', async () => {
  const { place } = await fleet();
  const { call, client, close } = await connectHttp(place);
  expect((await client.listTools()).tools.length).toBeGreaterThan(3);
  await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).covered,
  );
  const wrong = await call('get_agent_runs', {});
  expect(wrong.isError).toBe(true);
  await close();
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends sessions, open streams and calls under way, and gives up the lease',
  async (signal) => {
    const { api, place } = await fleet({ DUNETRACE_LIVE_BUDGET_MS: '60000' });
    const held = api.hold();
    const { child, url, stderr } = await startHttpServer(place);
    await held.arrived;
    const newer = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    const older = await connectTo(new SSEClientTransport(new URL(`${url}/sse`)));
    const id = await beginSession(url);
    const stream = await fetch(`${url}/mcp`, { headers: { accept: 'text/event-stream', 'mcp-session-id': id } });
    expect(stream.status).toBe(200);
    const calls = Promise.allSettled([newer, older].map((client) => client.callTool({ name: 'list_agents' })));
    await Promise.all([newer.ping(), older.ping()]);
    child.kill(signal);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    held.release();
    await Promise.all([newer.close(), older.close()]);
    await calls;
    expect(stderr().split('\n')).toHaveLength(2);
    expect(JSON.parse((await run(['status', '--json'], place)).stdout).poller).toBe(null);
  },
);

test('without a token another host is refused; with one, every request but /healthz must carry it', async () => {
  const { place } = await fleet();
  const refused = await run(['serve', '--http', '--host', '0.0.0.0'], place);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('set DUNETRACE_HTTP_TOKEN to 16 or more characters');
  const server = await startHttpServer(
    { env: { ...place.env, DUNETRACE_HTTP_TOKEN: token, DUNETRACE_ORIGINS: 'http://page.example' } },
    ['--host', '0.0.0.0'],
  );
  const url = server.url.replace('0.0.0.0', '127.0.0.1');
  const post = (headers: Record<string, string>) =>
    ask(`${url}/mcp`, { method: 'POST', headers: { ...mcpHeaders, ...headers }, body: initializeBody });
  for (const headers of [{}, { authorization: 'Bearer a-token-of-other-characters' }]) {
    const answer = await post(headers);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(errorOf(answer).message).toContain('Authorization: Bearer <token>');
  }
  const authorization = `Bearer ${token}`;
  expect((await post({ authorization, host: 'mirror.example', origin: 'http://page.example' })).status).toBe(200);
  expect((await post({ authorization, host: 'mirror.example', origin: 'http://mirror.example' })).status).toBe(403);
  expect((await ask(`${url}/healthz`)).status).toBe(200);
  const requestInit = { headers: { authorization } };
  const client = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  await client.ping();
  expect(server.stderr()).not.toContain(token);
});

test('a page that came by DNS rebinding gets nothing', async () => {
  const { place } = await fleet();
  const { url } = await startHttpServer(place);
  for (const path of ['/mcp', '/sse', '/messages?sessionId=x', '/healthz']) {
    expect((await ask(`${url}${path}`, { headers: { host: 'evil.example' } })).status, path).toBe(403);
    expect((await ask(`${url}${path}`, { headers: { origin: 'http://evil.example' } })).status, path).toBe(403);
  }
});

test('a port in use is named, with the option that chooses another', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = z.object({ port: z.number() }).parse(taken.address());
  const { code, stderr } = await run(['serve', '--sse', '--port', String(port)], createPlace('http://127.0.0.1:9'));
  expect(code).toBe(2);
  expect(stderr).toContain(`Port ${port} of 127.0.0.1 is in use.`);
  expect(stderr).toContain('--port');
});

test.each([
  [['serve', '--host', '127.0.0.1'], 'add --http'],
  [['serve', '--http', '--port', 'x'], '--port is "x"'],
  [['--http', '--host', 'localhost:80'], '--host is "localhost:80"'],
])('%j is a usage error', async (args, said) => {
  const { code, stderr } = await run(args, createPlace('http://127.0.0.1:9'));
  expect(code).toBe(2);
  expect(stderr).toContain(said);
});

/** The sources of the program's own files that a process has loaded; its own coverage tells, written when it ends. */
function loaded(folder: string): string[] {
  const shape = z.object({ result: z.array(z.object({ url: z.string() })) });
  const urls = readdirSync(folder).flatMap((name) =>
    shape.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))).result.map(({ url }) => url),
  );
  const own = new Set(urls.filter((url) => dirname(url) === dirname(pathToFileURL(mainScript).href)));
  return [...own].map((url) => readFileSync(new URL(url), 'utf8'));
}

test('a server over stdio loads nothing of HTTP', async () => {
  const place = createPlace('http://127.0.0.1:9');
  const withCoverage = (name: string) => {
    const folder = join(place.folder, name);
    mkdirSync(folder);
    return { folder, env: { ...place.env, NODE_V8_COVERAGE: folder } };
  };
  const holdsHttp = (folder: string) =>
    loaded(folder).map((source) => /class NodeStreamableHTTPServerTransport|SSEServerTransport/.test(source));
  const stdio = withCoverage('stdio');
  await run([], stdio);
  expect(new Set(holdsHttp(stdio.folder))).toEqual(new Set([false]));
  const http = withCoverage('http');
  const { child } = await startHttpServer(http);
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(holdsHttp(http.folder)).toContain(true);
});

test('the help names the options and the setting', async () => {
  const place = createPlace('http://127.0.0.1:9');
  expect((await run(['--help'], place)).stdout).toContain('DUNETRACE_HTTP_TOKEN');
  const { stdout } = await run(['serve', '--help'], place);
  for (const option of ['--http', '--sse', '--host', '--port']) expect(stdout).toContain(option);
});
