import { expect, test } from 'vitest';
import { createGuard, hostNameOf, Refusal } from '../../src/mcp/http-guard.ts';

const token = 'a-token-of-enough-characters';
const page = 'http://localhost:6274';

test.each([
  ['localhost', 'localhost'],
  ['LOCALHOST:8000', 'localhost'],
  ['localhost.', 'localhost'],
  ['localhost.:8000', 'localhost'],
  ['127.0.0.1:1', '127.0.0.1'],
  ['[0:0::1]:8000', '[::1]'],
  ['evil.example', 'evil.example'],
  ['localhost.evil.example', 'localhost.evil.example'],
  ['localhost..', undefined],
  ['.', undefined],
  ['', undefined],
  ['evil.example@localhost', undefined],
  ['localhost:8000:8000', undefined],
  ['localhost/evil.example', undefined],
  ['localhost#', undefined],
  ['a b', undefined],
])('the host in "%s" is %s', (text, host) => {
  expect(hostNameOf(text)).toBe(host);
});

/** What becomes of a request with these headers: the origin of the page that sent it, or the status that it is refused with. */
function judge(
  bound: { host?: string; token?: string | undefined; origins?: readonly string[] },
  headers: Record<string, string | string[]>,
): string | number {
  const guard = createGuard({ host: '127.0.0.1', token: undefined, origins: [page], ...bound });
  const headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
  try {
    const origin = guard.admit({ headersDistinct });
    guard.authorize({ headersDistinct });
    return origin ?? 'no page';
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}

const local = { host: 'localhost:8000' };
const named = { host: 'mirror.example', token };
const authorization = `Bearer ${token}`;

type Row = [string, Parameters<typeof judge>[0], Parameters<typeof judge>[1], string | number];
const rowsOf = (texts: readonly string[], row: (text: string) => Row): Row[] => texts.map(row);

test.each<Row>([
  ...rowsOf(
    ['localhost', 'localhost:8000', 'localhost.:8000', '127.0.0.1', '127.0.0.1:9', '[::1]', '[::1]:8000'],
    (host) => [`to ${host}`, {}, { host }, 'no page'],
  ),
  ...rowsOf(
    ['evil.example', 'evil.example:8000', '127.0.0.1.evil.example', '0.0.0.0', '10.0.0.1', '', 'localhost..'],
    (host) => [`to ${host}`, {}, { host }, 403],
  ),
  ['without a Host', {}, {}, 403],
  ['with two Hosts', {}, { host: ['localhost', 'evil.example'] }, 400],
  ['with one Host twice', {}, { host: ['localhost', 'localhost'] }, 400],
  ['of an allowed page', {}, { ...local, origin: page, 'sec-fetch-site': 'same-site' }, page],
  ['of an allowed page of another site', {}, { ...local, origin: page, 'sec-fetch-site': 'cross-site' }, page],
  ['of two pages', {}, { ...local, origin: [page, 'http://evil.example'] }, 400],
  ['of another port of this machine', {}, { ...local, origin: 'http://localhost:3000' }, 403],
  ['of the page that the server itself could be', {}, { ...local, origin: 'http://localhost:8000' }, 403],
  ['of a page where none is allowed', { origins: [] }, { ...local, origin: page }, 403],
  ...rowsOf(
    ['http://evil.example', 'null', '', 'file://', 'chrome-extension://localhost', `${page}.evil.example`],
    (origin) => [`of ${origin}`, {}, { ...local, origin }, 403],
  ),
  ['of an image of another site', {}, { ...local, 'sec-fetch-site': 'cross-site' }, 403],
  ['of an image of another port', {}, { ...local, 'sec-fetch-site': 'same-site' }, 403],
  ['of an image of who knows where', {}, { ...local, 'sec-fetch-site': 'moon' }, 403],
  ['with an address that was typed', {}, { ...local, 'sec-fetch-site': 'none' }, 'no page'],
  ['to the bound host', named, { host: 'Mirror.example:8000', authorization }, 'no page'],
  ['to the bound host in full', named, { host: 'mirror.example.', authorization }, 'no page'],
  ['to loopback, where that is not bound', named, { host: 'localhost', authorization }, 403],
  ['to any name of all addresses', { host: '0.0.0.0', token }, { host: 'any.example', authorization }, 'no page'],
  ['to no name of all addresses', { host: '[::]', token }, { host: 'no host', authorization }, 403],
  ['with the token', { token }, { ...local, authorization }, 'no page'],
  ['with the token, in other words', { token }, { ...local, authorization: `bearer  ${token} ` }, 'no page'],
  ['with two tokens', { token }, { ...local, authorization: [authorization, 'Bearer x'] }, 400],
  ...rowsOf(['', token, `Basic ${token}`, 'Bearer', `Bearer ${token}x`, `Bearer ${token.slice(1)}`], (given) => [
    `with "${given}"`,
    { token },
    { ...local, authorization: given },
    401,
  ]),
  ['without the token', { token }, local, 401],
])('a request %s', (_, bound, headers, verdict) => {
  expect(judge(bound, headers)).toBe(verdict);
});

/** Whether a form with these headers is taken, or the status that it is refused with. */
function judgeForm(headers: Record<string, string | string[]>, host = '127.0.0.1'): 'taken' | number {
  const guard = createGuard({ host, token, origins: [page] });
  const headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
  try {
    guard.admitForm({ headersDistinct });
    return 'taken';
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}

const own = 'http://localhost:8000';

test.each<[string, Parameters<typeof judgeForm>[0], 'taken' | number]>([
  ["of the server's own page", { ...local, origin: own, 'sec-fetch-site': 'same-origin' }, 'taken'],
  [
    'of the same, behind a proxy with TLS',
    { ...local, origin: 'https://a.example', 'sec-fetch-site': 'same-origin' },
    'taken',
  ],
  ['of the same, where a browser says no more', { ...local, origin: own }, 'taken'],
  ['of a standard port', { host: 'localhost', origin: 'https://localhost' }, 'taken'],
  ['of another port', { ...local, origin: 'http://localhost:3000' }, 403],
  ['of another port, by a browser that says so', { ...local, origin: own, 'sec-fetch-site': 'same-site' }, 403],
  ['of another site', { ...local, origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
  ['of another site, where a browser says no more', { ...local, origin: 'http://evil.example' }, 403],
  ['of a page that may use MCP', { ...local, origin: page }, 403],
  ['of nobody knows whom', { ...local, origin: 'null' }, 403],
  ['without any origin', local, 403],
  ['under another name', { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }, 403],
  ['with two origins', { ...local, origin: [own, 'http://evil.example'] }, 400],
])('a form %s', (_, headers, verdict) => {
  expect(judgeForm(headers)).toBe(verdict);
});

test('a form of a server on every address', () => {
  expect(judgeForm({ host: 'mirror.example:8000', origin: 'http://mirror.example:8000' }, '0.0.0.0')).toBe('taken');
  expect(judgeForm({ host: 'mirror.example:8000', origin: 'http://evil.example:8000' }, '0.0.0.0')).toBe(403);
});

test('the token is compared whole', () => {
  const guard = createGuard({ host: '127.0.0.1', token, origins: [] });
  expect([token, `${token}x`, token.slice(1), ''].map(guard.isToken)).toEqual([true, false, false, false]);
  const open = createGuard({ host: '127.0.0.1', token: undefined, origins: [] });
  expect([open.needsToken, open.isToken('')]).toEqual([false, false]);
});

test('a refusal names what would be let in, and not the token', () => {
  const guard = createGuard({ host: '127.0.0.1', token, origins: [] });
  expect(() => guard.admit({ headersDistinct: { host: ['evil.example'] } })).toThrow('localhost, 127.0.0.1 and [::1]');
  expect(() => guard.admit({ headersDistinct: { host: ['localhost'], origin: [page] } })).toThrow('DUNETRACE_ORIGINS');
  const refused = () => guard.authorize({ headersDistinct: { authorization: ['Bearer x'] } });
  expect(refused).toThrow('Authorization: Bearer <token>');
  expect(refused).not.toThrow(token);
});
