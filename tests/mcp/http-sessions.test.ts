import { on, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Server } from '@modelcontextprotocol/server';
import { expect, onTestFinished, test } from 'vitest';
import { MirrorError } from '../../src/errors.ts';
import { startHttp } from '../../src/mcp/http.ts';
import type { Handler } from '../../src/mcp/http-handlers.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, beginSession, errorOf, initializeBody, mcpHeaders } from '../support/raw-http.ts';

/** The HTTP side in this process, on a clock that stands still, with servers that know nothing but ping. */
async function serve({
  token,
  origins = [],
  answer,
  page,
  mirrorFile = () => Promise.reject(new Error('no mirror')),
}: {
  token?: string;
  origins?: readonly string[];
  /** What a call of a tool is answered with. */
  answer?: () => Promise<string>;
  /** Answers GET /page. */
  page?: Handler;
  mirrorFile?: () => Promise<string>;
} = {}) {
  const clock = createFakeClock();
  const warnings: string[] = [];
  let servers = 0;
  let isPolled = true;
  const http = await startHttp({
    settings: { host: '127.0.0.1', port: 0, token, origins },
    createServer: () => {
      const server = new Server({ name: 'bare', version: '0' }, { capabilities: { tools: {} } });
      if (answer)
        server.setRequestHandler('tools/call', async () => ({ content: [{ type: 'text', text: await answer() }] }));
      servers += 1;
      server.onclose = () => {
        servers -= 1;
      };
      return server;
    },
    createListening: () => ({ begin: () => {}, end: () => {}, stop: () => {} }),
    createPages: () => ({ handlerOf: (_, path) => (path === '/page' ? page : undefined) }),
    clock,
    log: { info: () => {}, warn: (text) => warnings.push(text) },
    version: '1.2.3',
    mirrorFile,
    isPolled: async () => isPolled,
    metrics: async () => '',
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
    [post({ jsonrpc: '2.0', id: 1, method: 'ping' }, { 'mcp-session-id': 'nope' }), 404, 'Session not found'],
    [post('{"jsonrpc":'), 400, 'not valid JSON'],
    [post(''), 400, 'not valid JSON'],
    [post(initializeBody, { 'content-type': 'text/plain' }), 415, 'must be application/json'],
    [post(initializeBody, { accept: 'application/json' }), 406, 'text/event-stream'],
    [post(`"${'x'.repeat(4 * 1024 * 1024)}"`), 413, '4194304 bytes'],
    [ask(`${url}/mcp`), 400, 'Mcp-Session-Id is missing'],
    [ask(`${url}/mcp`, { method: 'PUT' }), 405, 'GET, POST, DELETE'],
    [ask(`${url}/sse`, { method: 'POST' }), 405, '/sse takes GET'],
    [ask(`${url}/messages`, { method: 'POST', headers: mcpHeaders, body: {} }), 400, 'sessionId is missing'],
    [ask(`${url}/messages?sessionId=x`, { method: 'POST', headers: mcpHeaders, body: {} }), 404, 'Session not found'],
    [ask(`${url}/`), 404, '/mcp, /sse, /messages, /mirror, /healthz'],
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

test.each([
  [new MirrorError('unusable', 'The mirror file /m.db is locked.'), 503, 'The mirror file /m.db is locked.'],
  [Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }), 503, 'ENOSPC: no space left'],
  [Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }), 503, 'database or disk is full'],
  [new TypeError('x is undefined'), 500, 'The request failed (x is undefined): a bug in dunetrace-mcp.'],
])('no mirror to hand over is unavailable, and only what nobody can mend is a bug: %s', async (error, status, said) => {
  const token = 'a-token-of-enough-characters';
  const { url, warnings } = await serve({ token, mirrorFile: () => Promise.reject(error) });
  const answer = await ask(`${url}/mirror`, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status, errorOf(answer).message]).toEqual([status, said]);
  expect(warnings).toEqual([expect.stringContaining(error.message)]);
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

test('105 idle streams do not lock out the one that works', async () => {
  const { url, post, ping, clock } = await serve();
  const [worker, sleeper] = [await beginSession(url), await beginSession(url)];
  const aborting = new AbortController();
  for (let n = 0; n < 105; n += 1) {
    clock.advance(1);
    const { status } = await fetch(`${url}/sse`, { signal: aborting.signal });
    expect(status).toBe(200);
    expect((await ping(worker)).status).toBe(200);
  }
  // Those that never asked anything go before one that did, however long ago.
  expect((await ping(sleeper)).status).toBe(200);
  expect((await post(initializeBody)).status).toBe(200);
  aborting.abort();
});

const call = { jsonrpc: '2.0', method: 'tools/call', params: { name: 'slow', arguments: {} } };

test('a session has at most 128 requests under way, and all of them 256', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { url, post, ping } = await serve({ answer: () => released.then(() => 'done') });
  const ids = await Promise.all(Array.from({ length: 3 }, () => beginSession(url)));
  const [first = '', second = '', third = ''] = ids;
  const of = (id: string, count: number) =>
    Array.from({ length: count }, (_, n) => post({ ...call, id: n }, { 'mcp-session-id': id }));
  const batch = Array.from({ length: 64 }, (_, n) => ({ ...call, id: `in a batch ${n}` }));
  const open = [...of(first, 128), ...of(second, 64), post(batch, { 'mcp-session-id': second })];
  let refused = await ping(first);
  while (refused.status === 200) refused = await ping(first);
  expect(refused.status).toBe(429);
  expect(errorOf(refused).message).toContain('The session has 128 requests whose answers are not ready');
  const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'another' } };
  expect((await post(cancel, { 'mcp-session-id': first })).status).toBe(202);
  let busy = await ping(third);
  while (busy.status === 200) busy = await ping(third);
  expect([busy.status, busy.headers['retry-after']]).toEqual([503, '1']);
  expect(errorOf(busy).message).toContain('256 requests are running');
  release();
  for (const { status } of await Promise.all(open)) expect(status).toBe(200);
  expect((await ping(first)).status).toBe(200);
});

test('a request that was cancelled counts no more', async () => {
  let begin = () => {};
  const { url, post } = await serve({
    answer: () => {
      begin();
      return new Promise(() => {});
    },
  });
  const session = { 'mcp-session-id': await beginSession(url) };
  const open = [];
  for (let id = 0; id < 200; id += 1) {
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    open.push(post({ ...call, id }, session));
    await begun;
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } };
    expect((await post(cancel, session)).status).toBe(202);
  }
  for (const { status, body } of await Promise.all(open)) expect([status, body]).toEqual([200, '']);
});

/** Opens /sse with a socket that reads the first line of its address, and nothing more. */
async function openUnread(url: string): Promise<{ socket: Socket; messages: string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n');
  let text = '';
  for await (const [chunk] of on(socket, 'data')) {
    text += String(chunk);
    const path = /data: (\S+)/.exec(text)?.[1];
    if (path !== undefined) {
      socket.pause();
      return { socket, messages: `${url}${path}` };
    }
  }
  throw new Error('no address came');
}

test('who never reads a stream gets no more answers, and loses the session; the others go on', async () => {
  const { url, ping, clock, servers } = await serve({ answer: async () => 'x'.repeat(200_000) });
  const other = await beginSession(url);
  const { socket, messages } = await openUnread(url);
  const answers: number[] = [];
  for (let id = 1; answers.at(-1) !== 429; id += 1) {
    const { status } = await ask(messages, { method: 'POST', headers: mcpHeaders, body: { ...call, id } });
    answers.push(status);
    expect(answers.length).toBeLessThan(1000);
  }
  expect(servers()).toBe(2);
  // Nothing was taken from one look to the next.
  while (servers() === 2) {
    clock.advance(25);
    expect((await ping(other)).status).toBe(200);
  }
  expect(await ask(messages, { method: 'POST', headers: mcpHeaders, body: { ...call, id: 0 } })).toMatchObject({
    status: 404,
  });
  socket.destroy();
});

/** Sends so many requests at once on a connection of their own. */
function askAtOnce(url: string, count: number): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(count));
  return socket;
}

test('a connection has at most 16 answers open, and whoever asks for more at once loses it', async () => {
  let asked = 0;
  const closed: Promise<unknown>[] = [];
  const { url } = await serve({
    page: async ({ res }) => {
      asked += 1;
      closed.push(once(res, 'close'));
      await new Promise(setImmediate);
      res.end('a page');
    },
  });
  const greedy = askAtOnce(url, 1000);
  greedy.resume();
  await once(greedy, 'close');
  expect([asked, greedy.bytesRead]).toEqual([16, 0]);
  // Those whose turn never came are closed, too: what counts them counts them no more.
  await Promise.all(closed);
  const patient = askAtOnce(url, 16);
  let text = '';
  for await (const [chunk] of on(patient, 'data')) {
    text += String(chunk);
    if (text.split('a page').length > 16) break;
  }
  patient.destroy();
  expect(asked).toBe(32);
});

test('who asks for a page and never reads it loses the connection', async () => {
  const body = 'x'.repeat(32 * 1024 * 1024);
  let isClosed = false;
  const { url, ping, clock } = await serve({
    page: ({ res }) => {
      res.once('close', () => {
        isClosed = true;
      });
      res.end(body);
    },
  });
  const other = await beginSession(url);
  const lazy = askAtOnce(url, 1).pause();
  while (!isClosed) {
    clock.advance(25);
    expect((await ping(other)).status).toBe(200);
  }
  lazy.resume();
  await once(lazy, 'close');
  expect(lazy.bytesRead).toBeLessThan(body.length);
});

test('a stream of the older kind has a heartbeat', async () => {
  const { url, clock } = await serve();
  const { body } = await fetch(`${url}/sse`);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain('event: endpoint');
  clock.advance(25);
  expect((await reader?.read())?.value).toBe(': still here\n\n');
  clock.advance(25);
  expect((await reader?.read())?.value).toBe(': still here\n\n');
  await reader?.cancel();
});

test('initialize with the id of a session that has ended begins another', async () => {
  const { url, post, ping } = await serve();
  const id = await beginSession(url);
  await ask(`${url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': id } });
  const again = await post(initializeBody, { 'mcp-session-id': id });
  expect(again.status).toBe(200);
  expect(again.headers['mcp-session-id']).not.toBe(id);
  expect((await ping(String(again.headers['mcp-session-id']))).status).toBe(200);
});

test.each([{ accept: '*/*' }, { accept: 'application/json, */*;q=0.1' }, {}])(
  'who takes any type of answer is served: %o',
  async (headers) => {
    const { url } = await serve();
    const { 'content-type': type } = mcpHeaders;
    const body = initializeBody;
    const begun = await ask(`${url}/mcp`, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
    expect(begun).toMatchObject({ status: 200, body: expect.stringContaining('"serverInfo"') });
    const session = { 'mcp-session-id': String(begun.headers['mcp-session-id']) };
    const stream = await fetch(`${url}/mcp`, { headers: { ...session, ...headers } });
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    await stream.body?.cancel();
  },
);

test('a page of an allowed origin may ask as browsers do; others may not', async () => {
  const origin = 'http://localhost:6274';
  const token = 'a-token-of-enough-characters';
  const { url, post } = await serve({ token, origins: [origin] });
  const asking = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,mcp-protocol-version',
    'access-control-request-private-network': 'true',
  };
  const preflight = await ask(`${url}/mcp`, { method: 'OPTIONS', headers: asking });
  expect(preflight).toMatchObject({
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'authorization,content-type,mcp-protocol-version',
      'access-control-allow-private-network': 'true',
      vary: 'origin',
    },
  });
  const authorization = `Bearer ${token}`;
  const begun = await post(initializeBody, { origin, authorization, 'sec-fetch-site': 'same-site' });
  expect(begun).toMatchObject({
    status: 200,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'mcp-session-id, www-authenticate',
    },
  });
  const unauthorized = await post(initializeBody, { origin });
  expect(unauthorized).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': origin } });
  for (const other of ['http://localhost:3000', 'null', url]) {
    const refused = await ask(`${url}/mcp`, { method: 'OPTIONS', headers: { ...asking, origin: other } });
    expect(refused.status).toBe(403);
    expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    expect((await post(initializeBody, { origin: other, authorization })).status).toBe(403);
  }
  const image = { headers: { 'sec-fetch-site': 'cross-site', authorization } };
  expect((await ask(`${url}/sse`, image)).status).toBe(403);
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
