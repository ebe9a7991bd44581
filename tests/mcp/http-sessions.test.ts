import { once } from 'node:events';
import { connect } from 'node:net';
import { Server } from '@modelcontextprotocol/server';
import { expect, onTestFinished, test } from 'vitest';
import { startHttp } from '../../src/mcp/http.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, beginSession, errorOf, initializeBody, mcpHeaders } from '../support/raw-http.ts';

/** The HTTP side in this process, on a clock that stands still, with servers that know nothing but ping. */
async function serve({ token }: { token?: string } = {}) {
  const clock = createFakeClock();
  const warnings: string[] = [];
  let servers = 0;
  let isPolled = true;
  const http = await startHttp({
    settings: { host: '127.0.0.1', port: 0, token },
    createServer: () => {
      const server = new Server({ name: 'bare', version: '0' }, { capabilities: {} });
      servers += 1;
      server.onclose = () => {
        servers -= 1;
      };
      return server;
    },
    createListening: () => ({ begin: () => {}, end: () => {}, stop: () => {} }),
    clock,
    log: { info: () => {}, warn: (text) => warnings.push(text) },
    version: '1.2.3',
    isPolled: async () => isPolled,
  });
  onTestFinished(() => http.close());
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    ask(`${http.url}/mcp`, { method: 'POST', headers: { ...mcpHeaders, ...headers }, body });
  const ping = (id: string) => post({ jsonrpc: '2.0', id: 2, method: 'ping' }, { 'mcp-session-id': id });
  const abandon = () => {
    isPolled = false;
  };
  return { clock, warnings, servers: () => servers, http, url: http.url, post, ping, abandon };
}

test('a session begins with initialize, answers, and ends with DELETE', async () => {
  const { url, ping } = await serve();
  const id = await beginSession(url);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await ping(id)).toMatchObject({ status: 200, body: expect.stringContaining('"result":{}') });
  expect(await ask(`${url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': id } })).toMatchObject({
    status: 200,
  });
  const gone = await ping(id);
  expect(gone.status).toBe(404);
  expect(errorOf(gone)).toMatchObject({ code: -32001, message: expect.stringContaining('Session not found') });
});

test('what is wrong with a request is answered with a status and a sentence that names what is right', async () => {
  const { url, post, warnings } = await serve();
  const wrong: [Promise<Awaited<ReturnType<typeof ask>>>, number, string][] = [
    [
      post({ jsonrpc: '2.0', id: 1, method: 'ping' }),
      400,
      'Mcp-Session-Id is missing. A session begins with an initialize',
    ],
    [post([initializeBody]), 400, 'Mcp-Session-Id is missing'],
    [post(initializeBody, { 'mcp-session-id': 'nope' }), 404, 'Session not found'],
    [post('{"jsonrpc":'), 400, 'no valid JSON'],
    [post(''), 400, 'no valid JSON'],
    [post(initializeBody, { 'content-type': 'text/plain' }), 415, 'must be application/json'],
    [post(initializeBody, { accept: 'application/json' }), 406, 'text/event-stream'],
    [post(`"${'x'.repeat(4 * 1024 * 1024)}"`), 413, '4194304 bytes'],
    [ask(`${url}/mcp`), 400, 'Mcp-Session-Id is missing'],
    [ask(`${url}/mcp`, { method: 'PUT' }), 405, 'GET, POST, DELETE'],
    [ask(`${url}/sse`, { method: 'POST' }), 405, '/sse takes GET'],
    [ask(`${url}/messages`, { method: 'POST', headers: mcpHeaders, body: {} }), 400, 'sessionId is missing'],
    [ask(`${url}/messages?sessionId=x`, { method: 'POST', headers: mcpHeaders, body: {} }), 404, 'Session not found'],
    [ask(`${url}/`), 404, '/mcp, /sse, /messages, /healthz'],
    [ask(`${url}/mcp/`), 404, '/mcp, /sse'],
    [ask(url, { method: 'OPTIONS' }), 404, '/mcp, /sse'],
  ];
  for (const [asked, status, said] of wrong) {
    const answer = await asked;
    expect(answer.status, said).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(errorOf(answer).message).toContain(said);
  }
  expect((await ask(`${url}/mcp`, { method: 'PUT' })).headers.allow).toBe('GET, POST, DELETE');
  expect(warnings).toEqual([]);
});

test('/healthz tells the status and the version, without the token, and checks Host', async () => {
  const { url, abandon } = await serve({ token: 'a-token-of-enough-characters' });
  const answer = await ask(`${url}/healthz?x=1`);
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { status: 'ok', version: '1.2.3' }]);
  expect(await ask(`${url}/healthz`, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect(await ask(`${url}/healthz`, { headers: { host: 'evil.example' } })).toMatchObject({ status: 403 });
  expect(await ask(`${url}/mcp`)).toMatchObject({ status: 401 });
  expect(await ask(`${url}/sse`)).toMatchObject({ status: 401 });
  abandon();
  const failing = await ask(`${url}/healthz`);
  expect([failing.status, JSON.parse(failing.body)]).toMatchObject([503, { status: 'failing', version: '1.2.3' }]);
});

test('a session without a request for 30 minutes ends; one with an open stream stays', async () => {
  const { clock, url, ping } = await serve();
  const [unused, streaming] = await Promise.all([beginSession(url), beginSession(url)]);
  const aborting = new AbortController();
  const stream = await fetch(`${url}/mcp`, {
    headers: { accept: 'text/event-stream', 'mcp-session-id': streaming },
    signal: aborting.signal,
  });
  expect(stream.status).toBe(200);
  clock.advance(29 * 60);
  expect((await ping(unused)).status).toBe(200);
  clock.advance(29 * 60);
  expect((await ping(unused)).status).toBe(200);
  clock.advance(31 * 60);
  expect((await ping(unused)).status).toBe(404);
  expect((await ping(streaming)).status).toBe(200);
  aborting.abort();
});

test('beyond 100 sessions the one that is unused for longest makes room; a refused request takes none', async () => {
  const { url, post, ping, clock } = await serve();
  for (let n = 0; n < 5; n += 1) expect((await post(initializeBody, { accept: 'none' })).status).toBe(406);
  const ids: string[] = [];
  for (let n = 0; n < 100; n += 1) ids.push(await beginSession(url));
  const [first = '', second = ''] = ids;
  clock.advance(1);
  expect((await ping(first)).status).toBe(200);
  expect((await post(initializeBody)).status).toBe(200);
  expect((await ping(first)).status).toBe(200);
  expect((await ping(second)).status).toBe(404);
});

test('when all of 100 sessions are in use, a new one is refused, until one ends', async () => {
  const { url, post } = await serve();
  const aborting = new AbortController();
  const streams = await Promise.all(
    Array.from({ length: 100 }, () => fetch(`${url}/sse`, { signal: aborting.signal })),
  );
  expect(streams.every(({ status }) => status === 200)).toBe(true);
  const refused = await post(initializeBody);
  expect(refused.status).toBe(503);
  expect(errorOf(refused).message).toContain('There are 100 sessions in use');
  expect((await ask(`${url}/sse`)).status).toBe(503);
  aborting.abort();
  // The server hears of the closed streams in its own time.
  let status = 503;
  while (status === 503) ({ status } = await post(initializeBody));
  expect(status).toBe(200);
});

test('a client that goes away in mid-request is no error, and closing ends what is open', async () => {
  const { http, url, warnings, servers, ping } = await serve();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  const id = await beginSession(url);
  socket.destroy();
  expect((await ping(id)).status).toBe(200);
  const older = await fetch(`${url}/sse`);
  const newer = await fetch(`${url}/mcp`, { headers: { accept: 'text/event-stream', 'mcp-session-id': id } });
  const ended = Promise.allSettled([older.text(), newer.text()]);
  expect(servers()).toBe(2);
  await http.close();
  await ended;
  expect(servers()).toBe(0);
  await expect(ask(`${url}/healthz`)).rejects.toThrow('ECONNREFUSED');
  expect(warnings).toEqual([]);
});
