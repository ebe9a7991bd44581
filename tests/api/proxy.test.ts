import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../src/api/proxy.ts';
import { isOwnMachine } from '../../src/own-machine.ts';

const through = 'http://proxy.test:3128/';

/** Whether the proxy is gone past to `api`. */
const isPast = (api: string, noProxy: string) =>
  proxyFor(new URL(api), { HTTP_PROXY: through, NO_PROXY: noProxy }) === undefined;

describe('NO_PROXY', () => {
  test.each([
    ['http://api.corp.test', '*'],
    ['http://api.corp.test', 'other.test, *'],
    ['http://api.corp.test', 'api.corp.test'],
    ['http://api.corp.test', 'corp.test'],
    ['http://api.corp.test', '.corp.test'],
    ['http://api.corp.test', '*.corp.test'],
    ['http://API.Corp.test', 'CORP.TEST'],
    ['http://api.corp.test.', 'corp.test'],
    ['http://api.corp.test', 'other.test\tapi.corp.test'],
    ['http://api.corp.test:8002', 'corp.test:8002'],
    ['http://api.corp.test', 'corp.test:80'],
    ['https://api.corp.test', 'corp.test:443'],
    ['http://api.corp.test', '*:80'],
    ['http://10.1.2.3', '10.1.2.3'],
    ['http://10.1.2.3', '10.0.0.0/8'],
    ['http://10.1.2.3:8002', '10.1.2.3:8002'],
    ['http://10.1.2.3', '0.0.0.0/0'],
    ['http://[fd00::1]', 'fd00::/8'],
    ['http://[fd00::1]', '[fd00:0::1]'],
    ['http://[fd00::1]', 'fd00:0:0::1'],
    ['http://[fd00::1]:8002', '[fd00::1]:8002'],
  ])('%s is asked directly with %j', (api, noProxy) => {
    expect(isPast(api, noProxy)).toBe(true);
  });

  test.each([
    ['http://api.corp.test', ''],
    ['http://api.corp.test', ' , '],
    ['http://api.corp.test', 'xcorp.test'],
    ['http://apicorp.test', 'corp.test'],
    ['http://api.corp.test', 'api'],
    ['http://api.corp.test', 'corp.test:8002'],
    ['https://api.corp.test', 'corp.test:80'],
    ['http://10.1.2.3', '10.0.0.0/16'],
    ['http://10.1.2.3', '10.0.0.0/33'],
    ['http://10.1.2.3', '10.0.0.0/'],
    ['http://10.1.2.3', '2.3'],
    ['http://10.1.2.3', 'fd00::/8'],
    ['http://[fe00::1]', 'fd00::/8'],
    ['http://api.corp.test', '10.0.0.0/8'],
    ['http://[fd00::1]:8003', '[fd00::1]:8002'],
  ])('%s goes through the proxy with %j', (api, noProxy) => {
    expect(isPast(api, noProxy)).toBe(false);
  });

  test('in small letters goes before that in capitals', () => {
    const env = { HTTP_PROXY: through, NO_PROXY: '*', no_proxy: '' };
    expect(proxyFor(new URL('http://api.test'), env)?.uri).toBe(through);
  });
});

test('an API on this machine is never asked through a proxy', () => {
  const own = ['localhost', 'api.localhost', 'a.b.localhost', 'localhost.', '127.0.0.1', '127.9.9.9', '0.0.0.0'];
  const ownV6 = ['[::1]', '[::]', '[::ffff:127.0.0.1]'];
  for (const host of [...own, ...ownV6]) expect([host, isPast(`http://${host}:8002`, '')]).toEqual([host, true]);
  const others = ['localhost.test', 'xlocalhost', '128.0.0.1', '127.0.0.1.test', '10.0.0.0', '[::2]', '[fe80::1]'];
  for (const host of others) expect([host, isOwnMachine(new URL(`http://${host}`).hostname)]).toEqual([host, false]);
});

describe('the proxy', () => {
  const [plain, secure] = [new URL('http://api.test'), new URL('https://api.test')];

  test('is that of the scheme; https falls back on that of http', () => {
    const env = { HTTP_PROXY: 'http://a.test', HTTPS_PROXY: 'http://b.test' };
    expect(proxyFor(plain, env)).toMatchObject({ uri: 'http://a.test/', variable: 'HTTP_PROXY' });
    expect(proxyFor(secure, env)).toMatchObject({ uri: 'http://b.test/', variable: 'HTTPS_PROXY' });
    expect(proxyFor(secure, { http_proxy: 'http://c.test' })).toMatchObject({ variable: 'http_proxy' });
    expect(proxyFor(plain, { HTTPS_PROXY: 'http://b.test' })).toBeUndefined();
    expect(proxyFor(plain, {})).toBeUndefined();
  });

  test('is shown without its password', () => {
    expect(proxyFor(plain, { HTTP_PROXY: 'http://me:secret@p.test:3128' })).toMatchObject({
      uri: 'http://me:secret@p.test:3128/',
      shown: 'http://p.test:3128',
    });
  });

  test.each([
    [
      'proxy.corp:3128',
      'The proxy in HTTP_PROXY is invalid. Set a URL with its scheme: HTTP_PROXY=http://proxy.corp:3128.',
    ],
    [
      '10.0.0.1:3128',
      'The proxy in HTTP_PROXY is invalid. Set a URL with its scheme: HTTP_PROXY=http://10.0.0.1:3128.',
    ],
    [
      'me:secret@proxy:3128',
      'The proxy in HTTP_PROXY is invalid. Set a URL with its scheme such as http://proxy:3128.',
    ],
    ['ftp://proxy:3128', 'The proxy in HTTP_PROXY is invalid. Set a URL with its scheme such as http://proxy:3128.'],
    ['http://', 'The proxy in HTTP_PROXY is invalid. Set a URL with its scheme such as http://proxy:3128.'],
  ])('%s is refused, and the way on named', (text, message) => {
    expect(() => proxyFor(plain, { HTTP_PROXY: text })).toThrow(message);
  });
});
