import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { apiError, clientFor, closeAll, serve, steppingClock } from './harness.ts';

afterEach(closeAll);

const text = '{"fine": "№"}';

/** A client of a server that always gives this body. */
async function clientOf(body: Buffer, headers: Record<string, string> = {}, status = 200) {
  const server = await serve((_, res) => res.writeHead(status, headers).end(body));
  return clientFor(server.url, steppingClock());
}

test.each([
  ['gzip', gzipSync(text)],
  ['X-GZIP', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
  ['br', brotliCompressSync(text)],
  ['br, gzip', gzipSync(brotliCompressSync(text))],
  ['identity', Buffer.from(text)],
  ['', Buffer.from(text)],
])('a body of content-encoding %j is read', async (encoding, body) => {
  const client = await clientOf(body, { 'content-encoding': encoding });
  expect(await client.get('/a', {})).toEqual({ fine: '№' });
});

test.each([
  ['UTF-8', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, little end first', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16, big end first', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
])('a body with the mark of %s is read', async (_, body) => {
  expect(await (await clientOf(body)).get('/a', {})).toEqual({ fine: '№' });
});

test.each(['gzip', 'deflate', 'br', 'rot13', 'constructor', 'gzip, gzip, gzip, gzip'])(
  'a body that is no %s is named, and not asked for again',
  async (encoding) => {
    const client = await clientOf(Buffer.from('no'), { 'content-encoding': encoding });
    const error = await apiError(client.get('/a', {}));
    expect(error.kind).toBe('bad_answer');
    expect(error.message).toContain(`/a answered with a body that can't be unpacked (${encoding})`);
    expect(client.spent.requests).toBe(1);
  },
);

test('a small body that unpacks to a huge one is not unpacked', async () => {
  const client = await clientOf(gzipSync(Buffer.alloc(65 * 1024 * 1024, 32)), { 'content-encoding': 'gzip' });
  const error = await apiError(client.get('/a', {}));
  expect(error.kind).toBe('bad_answer');
  expect(error.message).toMatch(/exceeded \d+ MiB \(gzip\)/);
});

test("a refusal's words are unpacked, and hide no status where they can't be", async () => {
  const packed = await clientOf(gzipSync('{"detail": "No such luck"}'), { 'content-encoding': 'gzip' }, 404);
  expect((await apiError(packed.get('/a', {}))).message).toContain('answered 404: No such luck');
  const broken = await clientOf(Buffer.from('no'), { 'content-encoding': 'gzip' }, 401);
  expect((await apiError(broken.get('/a', {}))).kind).toBe('unauthorized');
});
