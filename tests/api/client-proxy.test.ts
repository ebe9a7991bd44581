import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { startProxy } from '../support/proxy.ts';
import { apiError, clientFor, closeAll, listen, serveAnswers, steppingClock } from './harness.ts';

afterEach(closeAll);

const far = 'http://api.dunetrace.test:8002';

const through = (proxyEnv: Record<string, string>, apiUrl = far) => clientFor(apiUrl, steppingClock(), { proxyEnv });

/** A port on which nobody listens any more. */
async function deadProxy(): Promise<string> {
  const proxy = createServer();
  const port = await listen(proxy);
  await new Promise((resolve) => proxy.close(resolve));
  return `http://127.0.0.1:${port}`;
}

test.each(['HTTP_PROXY', 'http_proxy'])('goes through the proxy of %s', async (name) => {
  const api = await serveAnswers({ body: '{"through": "the proxy"}' });
  const proxy = await startProxy(api.port);
  const client = through({ [name]: proxy.url }, `${far}/prefix`);
  expect(await client.get('/v1/agents', {})).toEqual({ through: 'the proxy' });
  expect(proxy.asked).toEqual(['api.dunetrace.test:8002']);
  expect(api.seen).toEqual(['/prefix/v1/agents']);
});

test('HTTPS_PROXY is for https', async () => {
  const api = await serveAnswers({});
  const proxy = await startProxy(api.port);
  // What answers behind the proxy speaks no TLS: enough to see which way the request went.
  await apiError(through({ HTTPS_PROXY: proxy.url }, 'https://api.dunetrace.test').get('/v1/agents', {}));
  expect(proxy.asked[0]).toBe('api.dunetrace.test:443');
});

test.each(['127.0.0.1', 'localhost', '0.0.0.0'])('never asks a proxy for %s', async (host) => {
  const api = await serveAnswers({ body: '1' });
  const proxy = await startProxy(api.port);
  const client = through({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url }, `http://${host}:${api.port}`);
  expect(await client.get('/a', {})).toBe(1);
  expect(proxy.asked).toEqual([]);
});

describe('says so', () => {
  test('when nobody is at the proxy', async () => {
    const uri = await deadProxy();
    const error = await apiError(through({ HTTP_PROXY: uri.replace('//', '//me:secret@') }).get('/a', {}));
    expect(error).toMatchObject({ kind: 'unreachable', stopsThePass: true });
    expect(error.message).toBe(
      `The proxy ${uri} can't be reached (ECONNREFUSED). Is it running, and HTTP_PROXY right? Set NO_PROXY=api.dunetrace.test to reach the API without it.`,
    );
  });

  test('when the proxy has no such name', async () => {
    // No name server is asked for a name that can't be one.
    const error = await apiError(through({ HTTP_PROXY: `http://${'a'.repeat(64)}.invalid:3128` }).get('/a', {}));
    expect(error.message).toMatch(/^The proxy http:\/\/a+\.invalid:3128 can't be reached \(E/);
  });

  test.each([
    [407, 'it wants a user and a password: HTTP_PROXY=http://user:password@...'],
    [502, 'does it know api.dunetrace.test? Set NO_PROXY=api.dunetrace.test to reach the API without it'],
  ])('when the proxy answers %i', async (status, way) => {
    const server = createServer();
    server.on('connect', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`));
    const url = `http://127.0.0.1:${await listen(server)}`;
    const error = await apiError(through({ HTTP_PROXY: url }).get('/a', {}));
    expect(error.message).toBe(`The proxy ${url} of HTTP_PROXY can't reach ${far} (${status}): ${way}.`);
  });

  test('when what is behind the proxy fails', async () => {
    const api = await serveAnswers('cut');
    const proxy = await startProxy(api.port);
    const error = await apiError(through({ HTTP_PROXY: proxy.url }).get('/a', {}));
    expect(error.message).toContain(
      `The Customer API at ${far} can't be reached through the proxy ${proxy.url} of HTTP_PROXY (`,
    );
  });

  test("when the proxy can't be used, as often as somebody asks, without asking anybody", async () => {
    const client = through({ HTTP_PROXY: 'proxy.corp:3128' });
    for (const path of ['/a', '/b']) {
      const error = await apiError(client.get(path, {}));
      expect(error).toMatchObject({ kind: 'unreachable', stopsThePass: true });
      expect(error.message).toContain('The proxy in HTTP_PROXY is invalid.');
    }
    expect(client.spent.requests).toBe(0);
  });

  test('when its password is no text', async () => {
    const client = through({ HTTP_PROXY: 'http://me:%ff@proxy.test:3128' });
    expect((await apiError(client.get('/a', {}))).kind).toBe('unreachable');
  });
});
