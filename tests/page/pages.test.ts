import { expect, test } from 'vitest';
import { startHttpServer } from '../support/mcp-client.ts';
import { forHtml, startPages, token } from '../support/pages.ts';
import { createPlace } from '../support/program.ts';
import { ask, errorOf, initializeBody, mcpHeaders, type RawAnswer } from '../support/raw-http.ts';
import { evil, evilAgent } from '../support/report-world.ts';

const isPage = ({ headers }: RawAnswer) => headers['content-type'] === 'text/html; charset=utf-8';

/** The value of the cookie that an answer sets, with its name, as a browser sends it back. */
const cookieIn = ({ headers }: RawAnswer) => String(headers['set-cookie']).split(';')[0] ?? '';

test('without a token a browser of this machine sees the agents, under a strict policy', async () => {
  const { get, url } = await startPages();
  const page = await get('/');
  expect(page.status).toBe(200);
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'sha256-[\w+/=]{44}'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(page.headers['access-control-allow-origin']).toBeUndefined();
  expect(page.body).toMatch(/Source: mirror, \d+s old\./);
  for (const agent of ['busy-agent', 'calm-agent'])
    expect(page.body).toContain(`<a href="/agents?id=${agent}">${agent}</a>`);
  expect(page.body).not.toContain(evil);
  expect(page.body).not.toContain(evilAgent);
  expect(page.body).not.toContain('Sign out');
  expect((await get('/sign-in')).status).toBe(404);
  expect((await get('/page.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
  const state = JSON.parse((await get('/state')).body);
  expect(state).toEqual({
    version: expect.stringMatching(/^[\w-]{16}$/),
    freshness: expect.stringMatching(/^Source: mirror, \d+s old\.$/),
  });
  expect(page.body).toContain(`data-version="${state.version}"`);
  const head = await get('/', {}, 'HEAD');
  expect([head.status, head.body, isPage(head)]).toEqual([200, '', true]);
  expect(head.headers['content-length']).toMatch(/^\d{4,}$/);
  expect(url).toContain('127.0.0.1');
});

test('an agent has a page of its own, of as many days as are asked for', async () => {
  const { get } = await startPages();
  const page = await get('/agents?id=busy-agent&days=30');
  expect(page.body).toContain('<title>Dunetrace: busy-agent</title>');
  expect(page.body).toMatch(/The 30 days from 20\d\d-\d\d-\d\d up to/);
  expect(page.body).toContain('href="/agents?id=busy-agent&amp;days=1"');
  expect(page.body).not.toContain('calm-agent');
  const hostile = await get(`/agents?${new URLSearchParams({ id: evilAgent })}`);
  expect(hostile.status).toBe(200);
  expect(hostile.body).not.toContain(evilAgent);
  for (const days of ['0', '91', '1.5', 'x', '']) {
    const usual = await get(`/?days=${days}`);
    expect(usual.body, days).toContain('The 7 days from');
  }
  for (const path of ['/agents', `/agents?${new URLSearchParams({ id: '<b>nobody' })}`]) {
    const missing = await get(path);
    expect([missing.status, isPage(missing)]).toEqual([404, true]);
    expect(missing.body).toContain('The mirror has no agent');
    expect(missing.body).not.toContain('<b>nobody');
  }
});

test('what is no page is answered as before: MCP clients at / and unknown paths', async () => {
  const { url, get } = await startPages();
  for (const accept of ['text/event-stream', 'application/json, text/event-stream', 'application/json']) {
    const stream = await get('/', { accept });
    expect(stream.status).toBe(404);
    expect(errorOf(stream).message).toBe('Not found. There are: /mcp, /sse, /messages, /mirror, /healthz, /metrics.');
  }
  const posted = await ask(`${url}/`, { method: 'POST', headers: mcpHeaders, body: initializeBody });
  expect([posted.status, errorOf(posted).message]).toEqual([404, expect.stringContaining('/mcp')]);
  expect((await get('/nowhere')).status).toBe(404);
  expect((await get('/', {}, 'DELETE')).status).toBe(404);
  const wrong = await get('/agents?id=busy-agent', {}, 'PUT');
  expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET, HEAD']);
});

test('pages stand behind the guard of all requests', async () => {
  const { url, get } = await startPages();
  for (const path of ['/', '/agents?id=busy-agent', '/state', '/page.js']) {
    const rebound = await get(path, { host: 'evil.example' });
    expect([rebound.status, rebound.body.includes('busy-agent')], path).toEqual([403, false]);
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: url }])
      expect((await get(path, headers)).status, path).toBe(403);
    expect((await get(path, { 'sec-fetch-site': 'same-origin' })).status, path).toBe(200);
  }
  const led = await get('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' });
  expect(led.status).toBe(403);
  expect(led.body).toContain('A page of another site led here.');
  expect(led.body).toContain('<a href="/">Show all agents</a>');
});

test('with a token a form lets a browser in, and its cookie is not the token', async () => {
  const { get, post, stderr } = await startPages({ DUNETRACE_HTTP_TOKEN: token });
  const closed = await get('/');
  expect(closed.status).toBe(401);
  expect(closed.headers['www-authenticate']).toContain('Bearer');
  expect(closed.body).toContain('<form method="post" action="/sign-in">');
  for (const path of ['/agents?id=busy-agent', '/state', '/page.js']) {
    const answer = await get(path);
    expect([answer.status, answer.body.includes('busy-agent')]).toEqual([401, false]);
  }
  const wrong = await post('/sign-in', 'token=a-token-of-other-characters');
  expect([wrong.status, wrong.headers['set-cookie']]).toEqual([403, undefined]);
  expect(wrong.body).toContain('This is not the token of this server.');
  const right = await post('/sign-in', `token=${token}`);
  expect([right.status, right.headers.location]).toEqual([303, '/']);
  expect(String(right.headers['set-cookie'])).toMatch(
    /^dunetrace-mcp-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
  );
  const cookie = cookieIn(right);
  expect(JSON.stringify(right)).not.toContain(token);
  const page = await get('/', { cookie: `other=1; ${cookie}; last=2` });
  expect(page.status).toBe(200);
  expect(page.body).toContain('<form method="post" action="/sign-out">');
  expect((await get('/state', { cookie })).status).toBe(200);
  expect((await get('/', { cookie: `${cookie}x` })).status).toBe(401);
  expect((await get('/', { cookie: cookie.replace(/=.*/, `=${token}`) })).status).toBe(401);
  expect((await get('/', { authorization: `Bearer ${token}` })).status).toBe(200);
  expect((await get('/sign-in', { cookie })).headers.location).toBe('/');
  const out = await post('/sign-out', '', { cookie });
  expect([out.status, out.headers.location]).toEqual([303, '/']);
  expect(String(out.headers['set-cookie'])).toMatch(/^dunetrace-mcp-\d+=; .*Max-Age=0$/);
  expect((await get('/', { cookie })).status).toBe(401);
  expect(stderr()).not.toContain(token);
});

test('the cookie opens pages, and nothing else', async () => {
  const { url, post } = await startPages({ DUNETRACE_HTTP_TOKEN: token });
  const cookie = cookieIn(await post('/sign-in', `token=${token}`));
  const called = await ask(`${url}/mcp`, { method: 'POST', headers: { ...mcpHeaders, cookie }, body: initializeBody });
  expect(called.status).toBe(401);
});

test('over TLS the cookie stays there', async () => {
  const { post } = await startPages({ DUNETRACE_HTTP_TOKEN: token });
  const headers = { origin: 'https://mirror.example', 'sec-fetch-site': 'same-origin' };
  const right = await post('/sign-in', `token=${token}`, headers);
  expect(String(right.headers['set-cookie'])).toContain('; Secure');
});

test('a form of another page is refused, the token right or not', async () => {
  const { get, post } = await startPages({ DUNETRACE_HTTP_TOKEN: token, DUNETRACE_ORIGINS: 'http://page.example' });
  const cookie = cookieIn(await post('/sign-in', `token=${token}`));
  const others = [
    { origin: 'http://evil.example' },
    { origin: 'http://page.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: 'evil.example', origin: 'http://evil.example' },
  ];
  for (const headers of others) {
    const refused = await post('/sign-in', `token=${token}`, headers);
    expect([refused.status, refused.headers['set-cookie']], JSON.stringify(headers)).toEqual([403, undefined]);
    expect((await post('/sign-out', '', { cookie, ...headers })).status).toBe(403);
  }
  expect((await get('/', { cookie })).status).toBe(200);
  expect((await post('/sign-in', '{}', { 'content-type': 'application/json' })).status).toBe(415);
  expect((await post('/sign-in', `token=${'x'.repeat(5000)}`)).status).toBe(413);
  expect((await get('/sign-out', { cookie })).status).toBe(405);
});

test("a token can't be guessed: after ten wrong ones nobody signs in for a minute", async () => {
  const { get, post } = await startPages({ DUNETRACE_HTTP_TOKEN: token });
  const cookie = cookieIn(await post('/sign-in', `token=${token}`));
  for (let n = 0; n < 10; n += 1) expect((await post('/sign-in', `token=wrong-${n}`)).status).toBe(403);
  const late = await post('/sign-in', `token=${token}`);
  expect(late.status).toBe(429);
  expect(Number(late.headers['retry-after'])).toBeGreaterThan(50);
  expect((await get('/', { cookie })).status).toBe(200);
});

test('of many who ask at once, the last are told to try again; then all get their page', async () => {
  const { get } = await startPages();
  const answers = await Promise.all(Array.from({ length: 60 }, () => get('/?days=90')));
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(39);
  for (const { status, headers, body } of refused) {
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(body).toContain('Too many pages are being made.');
  }
  expect((await get('/')).status).toBe(200);
});

test('with the API down the pages go on, and say how old they are', async () => {
  const { api, get } = await startPages();
  await api.stop();
  const page = await get('/');
  expect(page.status).toBe(200);
  expect(page.body).toContain('busy-agent');
  expect(JSON.parse((await get('/state')).body).freshness).toMatch(/^Source: (?:mirror, |the local mirror)/);
});

test('without a mirror a page says why', async () => {
  const place = createPlace('http://127.0.0.1:9', { DUNETRACE_API_URL: 'not a URL' });
  const { url } = await startHttpServer(place);
  const page = await ask(`${url}/`, { headers: forHtml });
  expect([page.status, isPage(page)]).toEqual([503, true]);
  expect(page.body).toContain('DUNETRACE_API_URL');
});
