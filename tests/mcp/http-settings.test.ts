import { expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { readHttpSettings } from '../../src/mcp/http-settings.ts';

const token = 'sixteen-or-more!';

test('without anything said it is port 8000 of loopback, without a token', () => {
  expect(readHttpSettings({}, {})).toEqual({ host: '127.0.0.1', port: 8000, token: undefined, origins: [] });
  expect(readHttpSettings({}, { DUNETRACE_HTTP_TOKEN: '  ' }).token).toBeUndefined();
});

test.each([
  ['localhost', 'localhost'],
  ['LocalHost', 'localhost'],
  ['::1', '[::1]'],
  ['[::1]', '[::1]'],
  ['127.0.0.2', '127.0.0.2'],
])('--host %s needs no token', (host, canonical) => {
  expect(readHttpSettings({ host, port: '0' }, {})).toEqual({
    host: canonical,
    port: 0,
    token: undefined,
    origins: [],
  });
});

test.each(['0.0.0.0', '::', '192.168.1.5', 'mirror.example', '0', '127.0.0.1.example'])(
  '--host %s needs a token',
  (host) => {
    expect(() => readHttpSettings({ host }, {})).toThrow(/set DUNETRACE_HTTP_TOKEN to 16 or more characters/);
    expect(readHttpSettings({ host }, { DUNETRACE_HTTP_TOKEN: ` ${token}\n` }).token).toBe(token);
  },
);

test.each([
  'short',
  'fifteen-of-them',
  'with a space in it all',
  'ungewöhnlich-lang-und-geheim',
  '$' + '{DUNETRACE_HTTP_TOKEN}',
])('the token "%s" is refused, and not shown', (bad) => {
  const read = () => readHttpSettings({}, { DUNETRACE_HTTP_TOKEN: bad });
  expect(read).toThrow(UsageError);
  expect(read).toThrow(/^DUNETRACE_HTTP_TOKEN /);
  if (!bad.startsWith('$')) expect(read).not.toThrow(bad);
});

test.each(['', 'http://localhost', 'localhost:8000', '127.0.0.1:80', '[::1]:80', 'a b', '256.1.1.1', 'me@localhost'])(
  '--host "%s" is refused',
  (host) => {
    expect(() => readHttpSettings({ host }, { DUNETRACE_HTTP_TOKEN: token })).toThrow(/^--host is .* it takes a host/);
  },
);

test.each(['', '-1', '65536', '80.5', '1e3', 'http', '0x50'])('--port "%s" is refused', (port) => {
  expect(() => readHttpSettings({ port }, {})).toThrow(/^--port is .* from 0 to 65535/);
});

test('DUNETRACE_ORIGINS names pages, as browsers spell their origins', () => {
  const read = (origins: string) => readHttpSettings({}, { DUNETRACE_ORIGINS: origins }).origins;
  expect(read('')).toEqual([]);
  expect(read(' http://localhost:6274, https://Inspector.example/, ')).toEqual([
    'http://localhost:6274',
    'https://inspector.example',
  ]);
  expect(read('https://inspector.example:443')).toEqual(['https://inspector.example']);
  for (const wrong of ['*', 'null', 'localhost:6274', 'https://a.example/path', 'file:///a', 'https://me@a.example'])
    expect(() => read(wrong), wrong).toThrow(/^DUNETRACE_ORIGINS has .*; it takes the origins of pages, such as/);
});
