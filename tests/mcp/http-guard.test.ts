import { expect, test } from 'vitest';
import { createGuard, hostNameOf } from '../../src/mcp/http-guard.ts';

const token = 'a-token-of-enough-characters';

test.each([
  ['localhost', 'localhost'],
  ['LOCALHOST:8000', 'localhost'],
  ['127.0.0.1:1', '127.0.0.1'],
  ['[0:0::1]:8000', '[::1]'],
  ['evil.example', 'evil.example'],
  ['localhost.evil.example', 'localhost.evil.example'],
  ['', undefined],
  ['evil.example@localhost', undefined],
  ['localhost:8000:8000', undefined],
  ['localhost/evil.example', undefined],
  ['localhost#', undefined],
  ['a b', undefined],
])('the host in "%s" is %s', (text, host) => {
  expect(hostNameOf(text)).toBe(host);
});

test('bound to loopback, a server answers to the loopback names alone, on any port', () => {
  const guard = createGuard({ host: '127.0.0.1', token: undefined });
  for (const host of ['localhost', 'localhost:8000', '127.0.0.1', '127.0.0.1:9', '[::1]', '[::1]:8000'])
    expect(guard({ host }), host).toBeUndefined();
  for (const host of ['evil.example', 'evil.example:8000', '127.0.0.1.evil.example', '0.0.0.0', '10.0.0.1', '']) {
    expect(guard({ host }), host).toMatchObject({
      status: 403,
      message: expect.stringContaining('localhost, 127.0.0.1 and [::1]'),
    });
  }
  expect(guard({})).toMatchObject({ status: 403 });
});

test('bound elsewhere, it answers to the bound host; bound to every address, to any', () => {
  const named = createGuard({ host: 'mirror.example', token });
  const authorization = `Bearer ${token}`;
  expect(named({ host: 'Mirror.example:8000', authorization })).toBeUndefined();
  expect(named({ host: 'localhost', authorization })).toMatchObject({ status: 403 });
  for (const host of ['0.0.0.0', '[::]']) {
    const any = createGuard({ host, token });
    expect(any({ host: 'whatever.example', authorization })).toBeUndefined();
    expect(any({ host: 'no host', authorization })).toMatchObject({ status: 403 });
  }
});

test('an origin must be of this machine or of the same host', () => {
  const local = createGuard({ host: 'localhost', token: undefined });
  for (const origin of ['http://localhost:6274', 'https://127.0.0.1', 'http://[::1]:3000'])
    expect(local({ host: 'localhost:8000', origin }), origin).toBeUndefined();
  for (const origin of [
    'http://evil.example',
    'null',
    '',
    'file://',
    'chrome-extension://localhost',
    'http://localhost.evil.example',
  ])
    expect(local({ host: 'localhost:8000', origin }), origin).toMatchObject({ status: 403 });
  const any = createGuard({ host: '0.0.0.0', token });
  const authorization = `Bearer ${token}`;
  expect(any({ host: 'mirror.example', origin: 'https://mirror.example', authorization })).toBeUndefined();
  expect(any({ host: 'mirror.example', origin: 'https://evil.example', authorization })).toMatchObject({ status: 403 });
});

test('where a token is set, every request but the public ones must carry it', () => {
  const guard = createGuard({ host: '127.0.0.1', token });
  const host = 'localhost';
  for (const authorization of [`Bearer ${token}`, `bearer  ${token} `])
    expect(guard({ host, authorization })).toBeUndefined();
  const wrong = [undefined, '', token, `Basic ${token}`, 'Bearer', `Bearer ${token}x`, `Bearer ${token.slice(1)}`];
  for (const authorization of wrong) {
    const refusal = guard({ host, ...(authorization === undefined ? {} : { authorization }) });
    expect(refusal, authorization).toMatchObject({ status: 401 });
    expect(refusal?.headers['www-authenticate']).toMatch(/^Bearer /);
    expect(refusal?.message).not.toContain(token);
  }
  expect(guard({ host }, { isPublic: true })).toBeUndefined();
  expect(guard({ host: 'evil.example' }, { isPublic: true })).toMatchObject({ status: 403 });
});
