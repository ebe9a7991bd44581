import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { backoffMs } from '../../src/api/client.ts';
import { freePort } from '../support/loopback.ts';
import { type Answer, apiError, clientFor, closeAll, serve, serveAnswers, steppingClock, testKey } from './harness.ts';

afterEach(closeAll);

const ok: Answer = { body: '{"fine": true}' };

describe('a request', () => {
  test('carries the key, the prefix of the URL and the query', async () => {
    const headers: unknown[] = [];
    const server = await serve((req, res) => {
      headers.push(req.method, req.headers.authorization, req.headers.accept);
      res.end('{"a": [1]}');
    });
    const client = clientFor(`${server.url}/dune/trace`, steppingClock());
    expect(await client.get('/v1/agents', { offset: '0', limit: '5 0' })).toEqual({ a: [1] });
    expect(server.seen).toEqual(['/dune/trace/v1/agents?offset=0&limit=5+0']);
    expect(headers).toEqual(['GET', `Bearer ${testKey}`, 'application/json']);
  });

  test('has no question mark without a query', async () => {
    const server = await serveAnswers(ok);
    await clientFor(server.url, steppingClock()).get('/health', {});
    expect(server.seen).toEqual(['/health']);
  });

  test('is counted in `spent`, each try, with the bytes of the bodies', async () => {
    const server = await serveAnswers({ status: 500, body: 'x'.repeat(10) }, { body: '"№"' });
    const client = clientFor(server.url, steppingClock());
    expect(client.spent).toEqual({ requests: 0, bytes: 0 });
    expect(await client.get('/a', {})).toBe('№');
    expect(client.spent).toEqual({ requests: 2, bytes: 15 });
  });
});

describe('tries again', () => {
  const temporary: [string, Answer][] = [
    ['a cut connection', 'cut'],
    ...[408, 429, 500, 502, 503, 504].map((status): [string, Answer] => [String(status), { status }]),
  ];

  test.each(temporary)('after %s, and gives the answer when it comes', async (_, answer) => {
    const clock = steppingClock();
    const server = await serveAnswers(answer, answer, answer, ok);
    expect(await clientFor(server.url, clock).get('/a', {})).toEqual({ fine: true });
    expect(server.seen).toHaveLength(4);
    expect(clock.slept).toEqual([125, 250, 500]);
  });

  test.each(temporary)('after %s no more than four times', async (_, answer) => {
    const server = await serveAnswers(answer, answer, answer, answer, ok);
    await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(server.seen).toHaveLength(4);
  });

  test('after a body that was cut', async () => {
    let count = 0;
    const server = await serve((_, res) => {
      count += 1;
      if (count > 1) res.end('{"whole": true}');
      else res.writeHead(200, { 'content-length': 1000 }).write('{"who', () => res.socket?.destroy());
    });
    expect(await clientFor(server.url, steppingClock()).get('/a', {})).toEqual({ whole: true });
  });

  test.each([400, 404, 405, 409, 410, 418, 422])('never after %i', async (status) => {
    const server = await serveAnswers({ status, body: '{"detail": "No such luck"}' }, ok);
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(error.kind).toBe(status === 404 ? 'not_found' : 'rejected');
    expect(error.message).toContain(`${server.url}/a answered ${status}: No such luck`);
    expect(server.seen).toHaveLength(1);
  });

  test('with waits that double, jittered, up to 8 s', () => {
    expect([0, 1, 2, 3, 10].map((attempt) => backoffMs(attempt, 0))).toEqual([125, 250, 500, 1000, 4000]);
    expect(backoffMs(0, 0.999)).toBeCloseTo(250, 0);
    expect(backoffMs(30, 0.999)).toBeLessThanOrEqual(8000);
  });
});

describe('an error says what failed', () => {
  test.each([401, 403])('%i: unauthorized, at once', async (status) => {
    const server = await serveAnswers({ status, body: '{"detail": "Invalid or inactive API key"}' }, ok);
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(error).toMatchObject({ kind: 'unauthorized', stopsThePass: true });
    expect(error.message).toBe(
      `The Customer API at ${server.url} refused the key (${status}: Invalid or inactive API key). Set DUNETRACE_API_KEY to an active key.`,
    );
    expect(server.seen).toHaveLength(1);
  });

  test("the list of a 422's detail", async () => {
    const detail = [{ loc: ['query', 'limit'], msg: 'too large' }];
    const server = await serveAnswers({ status: 422, body: JSON.stringify({ detail }) });
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(error.message).toContain('"msg":"too large"');
    expect(error.stopsThePass).toBe(false);
  });

  test('429 and 500, after the last try', async () => {
    const limited = await serveAnswers({ status: 429 });
    const broken = await serveAnswers({ status: 500, body: '<html>' });
    expect(await apiError(clientFor(limited.url, steppingClock()).get('/a', {}))).toMatchObject({
      kind: 'rate_limited',
      message: expect.stringContaining('DUNETRACE_RPM (now 1000)'),
    });
    expect(await apiError(clientFor(broken.url, steppingClock()).get('/a', {}))).toMatchObject({
      kind: 'server_error',
      message: expect.stringContaining(`${broken.url}/a answered 500.`),
    });
  });

  test('ECONNREFUSED, by name', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const error = await apiError(clientFor(url, steppingClock()).get('/a', {}));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain(`The Customer API at ${url} can't be reached (ECONNREFUSED).`);
  });

  test('no answer in time', async () => {
    const server = await serve(() => undefined);
    const error = await apiError(clientFor(server.url, steppingClock(), { timeoutMs: 150 }).get('/a', {}));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain('no answer within 0.15 s');
    expect(server.seen).toHaveLength(4);
  });

  test('a body that never ends in time', async () => {
    const server = await serve((_, res) => res.writeHead(200).write('{"a":'));
    const error = await apiError(clientFor(server.url, steppingClock(), { timeoutMs: 150 }).get('/a', {}));
    expect(error.message).toContain('no answer within 0.15 s');
  });

  test('HTML where JSON was to be', async () => {
    const server = await serveAnswers({ body: '\n<!doctype html><title>Dashboard</title>' });
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(error.kind).toBe('bad_answer');
    expect(error.message).toContain(`${server.url}/a answered with HTML instead of JSON`);
    expect(server.seen).toHaveLength(1);
  });

  test.each(['{"agents": [', '', 'null and void'])('what is no JSON: %j', async (body) => {
    const server = await serveAnswers({ body });
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(error.kind).toBe('bad_answer');
    expect(error.message).toContain('invalid JSON');
  });

  test.each([301, 302, 307, 308])('a redirect (%i) and where to, which is not followed', async (status) => {
    const server = await serveAnswers({ status, headers: { location: 'https://login.example/' } }, ok);
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(error.kind).toBe('bad_answer');
    expect(error.message).toContain('redirects to `https://login.example/`; set DUNETRACE_API_URL');
    expect(server.seen).toHaveLength(1);
  });

  test('an answer that is too large, without reading it all', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 32);
    let sent = 0;
    const server = await serve((_, res) => {
      const more = () => {
        while (sent < 200 && !res.destroyed) {
          sent += 1;
          if (!res.write(chunk)) return;
        }
        res.end();
      };
      res.on('drain', more);
      more();
    });
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(error.kind).toBe('bad_answer');
    expect(error.message).toContain('/a answered with more than 16 MiB');
    expect(sent).toBeLessThan(200);
    expect(server.seen).toHaveLength(1);
  });

  test('what speaks another protocol', async () => {
    const plain = await serveAnswers(ok);
    const error = await apiError(clientFor(plain.url.replace('http:', 'https:'), steppingClock()).get('/a', {}));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(/can't be reached \((ERR_SSL|EPROTO)/);
  });
});

describe('the key is never shown', () => {
  const echo = JSON.stringify({ detail: `I don't know ${testKey}` });
  const echoes: [string, Answer][] = [
    ['401', { status: 401, body: echo }],
    ['404', { status: 404, body: echo }],
    ['422', { status: 422, body: JSON.stringify({ detail: [{ input: `Bearer ${testKey}` }] }) }],
    ['429', { status: 429, body: echo }],
    ['500', { status: 500, body: echo }],
    ['a redirect', { status: 302, headers: { location: `https://login.example/?key=${testKey}` } }],
    ['no JSON', { body: `${testKey} is no key` }],
    ['HTML', { body: `<p>${testKey}</p>` }],
  ];

  test.each(echoes)('by %s that echoes it', async (_, answer) => {
    const server = await serveAnswers(answer);
    const error = await apiError(clientFor(server.url, steppingClock()).get('/a', {}));
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(testKey);
    expect(JSON.stringify(error)).not.toContain(testKey);
  });

  test('by a failure of the connection, the answer or the time', async () => {
    const cut = await serveAnswers('cut');
    const garbled = await serve((req) => req.socket.end('HTTP/1.1 200 OK\r\nNo header at all\r\n\r\n'));
    const silent = await serve(() => undefined);
    const urls = [cut.url, garbled.url, silent.url, `http://127.0.0.1:${await freePort()}`];
    for (const url of urls) {
      const error = await apiError(clientFor(url, steppingClock(), { timeoutMs: 150 }).get('/a', {}));
      expect(error.kind).toBe('unreachable');
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(testKey);
      expect(JSON.stringify(error)).not.toContain(testKey);
    }
  });
});
