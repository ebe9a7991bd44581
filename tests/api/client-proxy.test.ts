import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { apiError, clientFor, closeAll, listen, serveAnswers, steppingClock } from './harness.ts';

const variables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];

beforeEach(() => {
  for (const name of variables) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await closeAll();
});

/** A proxy that notes the hosts it is asked for, and takes every request to the server at `port`. */
async function serveProxy(port: number) {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(new URL(req.url ?? '').host);
    const { pathname, search } = new URL(req.url ?? '');
    const onward = request({ port, host: '127.0.0.1', path: pathname + search }, (answer) => answer.pipe(res));
    req.pipe(onward);
  });
  server.on('connect', (req, socket) => {
    asked.push(req.url ?? '');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, asked };
}

test.each(['HTTP_PROXY', 'http_proxy'])('goes through the proxy of %s', async (name) => {
  const api = await serveAnswers({ body: '{"through": "the proxy"}' });
  const proxy = await serveProxy(api.port);
  vi.stubEnv(name, proxy.url);
  const client = clientFor('http://api.dunetrace.test:8002/prefix', steppingClock());
  expect(await client.get('/v1/agents', {})).toEqual({ through: 'the proxy' });
  expect(proxy.asked).toEqual(['api.dunetrace.test:8002']);
  expect(api.seen).toEqual(['/prefix/v1/agents']);
});

test('HTTPS_PROXY is for https', async () => {
  const api = await serveAnswers({});
  const proxy = await serveProxy(api.port);
  vi.stubEnv('HTTPS_PROXY', proxy.url);
  // What answers behind the proxy speaks no TLS: enough to see which way the request went.
  await apiError(clientFor('https://api.dunetrace.test', steppingClock()).get('/v1/agents', {}));
  expect(proxy.asked[0]).toBe('api.dunetrace.test:443');
});

test('goes past the proxy to the hosts of NO_PROXY', async () => {
  const api = await serveAnswers({ body: '1' });
  const proxy = await serveProxy(api.port);
  vi.stubEnv('HTTP_PROXY', proxy.url);
  // 0.0.0.0 leads to this machine, but is no loopback name: nothing has to be looked up on a network.
  const url = `http://0.0.0.0:${api.port}`;
  expect(await clientFor(url, steppingClock()).get('/by-proxy', {})).toBe(1);
  expect(proxy.asked).toEqual([`0.0.0.0:${api.port}`]);
  vi.stubEnv('NO_PROXY', 'example.org,0.0.0.0');
  expect(await clientFor(url, steppingClock()).get('/direct', {})).toBe(1);
  expect(proxy.asked).toHaveLength(1);
  expect(api.seen).toEqual(['/by-proxy', '/direct']);
});

test.each(['127.0.0.1', 'localhost'])('never asks a proxy for %s', async (host) => {
  const api = await serveAnswers({ body: '1' });
  const proxy = await serveProxy(api.port);
  vi.stubEnv('HTTP_PROXY', proxy.url);
  vi.stubEnv('HTTPS_PROXY', proxy.url);
  expect(await clientFor(`http://${host}:${api.port}`, steppingClock()).get('/a', {})).toBe(1);
  expect(proxy.asked).toEqual([]);
});

test('says so when nobody is at the proxy', async () => {
  const api = await serveAnswers({});
  const proxy = await serveProxy(api.port);
  vi.stubEnv('HTTP_PROXY', proxy.url);
  await closeAll();
  const error = await apiError(clientFor('http://api.dunetrace.test:8002', steppingClock()).get('/a', {}));
  expect(error.kind).toBe('unreachable');
  expect(error.message).toContain('ECONNREFUSED');
});
