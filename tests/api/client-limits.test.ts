import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { apiError, clientFor, closeAll, heldClock, rejection, serve, serveAnswers, steppingClock } from './harness.ts';

afterEach(closeAll);

/** A server that keeps every request waiting until the test answers it. */
async function serveByHand() {
  const waiting: ServerResponse[] = [];
  const events = new EventEmitter();
  const server = await serve((_, res) => {
    waiting.push(res);
    events.emit('request');
  });
  return {
    ...server,
    waiting,
    /** Comes back once `count` requests wait. */
    arrived: async (count: number) => {
      while (waiting.length < count) await once(events, 'request');
    },
    answerAll: () => {
      for (const res of waiting.splice(0)) res.end('{}');
    },
  };
}

describe('a 429', () => {
  test('is tried again when Retry-After says, in seconds', async () => {
    const clock = steppingClock();
    const server = await serveAnswers({ status: 429, headers: { 'retry-after': '7' } }, { body: '1' });
    expect(await clientFor(server.url, clock).get('/a', {})).toBe(1);
    expect(clock.slept).toEqual([7000]);
  });

  test('is tried again when Retry-After says, as a date', async () => {
    const clock = steppingClock(Date.parse('2026-05-13T13:19:00Z') / 1000);
    const headers = { 'retry-after': 'Wed, 13 May 2026 13:19:30 GMT' };
    const server = await serveAnswers({ status: 429, headers }, { body: '1' });
    expect(await clientFor(server.url, clock).get('/a', {})).toBe(1);
    expect(clock.slept).toEqual([30_000]);
  });

  test('that asks for more than two minutes is an error at once', async () => {
    const clock = steppingClock();
    const server = await serveAnswers({ status: 429, headers: { 'retry-after': '121' } }, { body: '1' });
    const client = clientFor(server.url, clock);
    const error = await apiError(client.get('/a', {}));
    expect(error).toMatchObject({ kind: 'rate_limited', stopsThePass: true });
    expect(server.seen).toHaveLength(1);
    expect(clock.slept).toEqual([]);
    expect(await apiError(client.get('/b', {}))).toEqual(error);
    expect(server.seen).toHaveLength(1);
  });

  test('that asks for two minutes is waited for', async () => {
    const clock = steppingClock();
    const server = await serveAnswers({ status: 429, headers: { 'retry-after': '120' } }, { body: '1' });
    expect(await clientFor(server.url, clock).get('/a', {})).toBe(1);
    expect(clock.slept).toEqual([120_000]);
  });

  test('holds back the requests that are made meanwhile', async () => {
    const clock = heldClock();
    const server = await serveAnswers({ status: 429, headers: { 'retry-after': '5' } }, { body: '1' });
    const client = clientFor(server.url, clock);
    const first = client.get('/first', {});
    await clock.asleep();
    const second = client.get('/second', {});
    await server.settle();
    expect(server.seen).toEqual(['/first']);
    clock.advance(5000);
    expect(await Promise.all([first, second])).toEqual([1, 1]);
  });

  test('holds back the requests that wait in the queue already', async () => {
    const clock = heldClock();
    const server = await serveAnswers({ status: 429, headers: { 'retry-after': '5' } }, { body: '1' });
    const client = clientFor(server.url, clock, { concurrency: 1 });
    const all = ['/first', '/second', '/third'].map((path) => client.get(path, {}));
    await clock.asleep();
    await server.settle();
    expect(server.seen).toEqual(['/first']);
    clock.advance(5000);
    expect(await Promise.all(all)).toEqual([1, 1, 1]);
  });

  test('that comes while others wait already prolongs their wait', async () => {
    const clock = heldClock();
    const server = await serveByHand();
    const client = clientFor(server.url, clock);
    const [early, late] = [client.get('/early', {}), client.get('/late', {})];
    await server.arrived(2);
    server.waiting[0]?.writeHead(429, { 'retry-after': '5' }).end();
    await clock.asleep();
    const third = client.get('/third', {});
    server.waiting[1]?.writeHead(429, { 'retry-after': '60' }).end();
    server.waiting.splice(0);
    await server.settle();
    clock.advance(5000);
    await server.settle();
    expect(server.seen).toHaveLength(2);
    clock.advance(55_000);
    await server.arrived(3);
    server.answerAll();
    expect(await Promise.all([early, late, third])).toEqual([{}, {}, {}]);
  });
});

describe('an abort by the caller', () => {
  const reason = new Error('the person pressed Ctrl-C');

  test('before the request sends nothing', async () => {
    const server = await serveAnswers({ body: '1' });
    const work = clientFor(server.url, steppingClock()).get('/a', {}, { signal: AbortSignal.abort(reason) });
    expect(await rejection(work)).toBe(reason);
    expect(server.seen).toEqual([]);
  });

  test('ends a request that is on its way, and its connection', async () => {
    const server = await serveByHand();
    const stop = new AbortController();
    const work = rejection(clientFor(server.url, steppingClock()).get('/a', {}, { signal: stop.signal }));
    await server.arrived(1);
    const [response] = server.waiting;
    const closed = response ? once(response, 'close') : undefined;
    stop.abort(reason);
    expect(await work).toBe(reason);
    await closed;
    expect(server.seen).toHaveLength(1);
  });

  test('ends one whose body is on its way', async () => {
    const server = await serveByHand();
    const stop = new AbortController();
    const work = rejection(clientFor(server.url, steppingClock()).get('/a', {}, { signal: stop.signal }));
    await server.arrived(1);
    server.waiting[0]?.writeHead(200, { 'content-length': 99 }).write('{');
    await server.settle();
    stop.abort(reason);
    expect(await work).toBe(reason);
  });

  test('ends one that waits in the queue, and leaves the others alone', async () => {
    const server = await serveByHand();
    const client = clientFor(server.url, steppingClock(), { concurrency: 1 });
    const stop = new AbortController();
    const first = client.get('/first', {});
    const second = rejection(client.get('/second', {}, { signal: stop.signal }));
    const third = client.get('/third', {});
    await server.arrived(1);
    stop.abort(reason);
    expect(await second).toBe(reason);
    server.answerAll();
    await first;
    await server.arrived(1);
    server.answerAll();
    await third;
    expect(server.seen).toEqual(['/first', '/third']);
  });

  test.each([
    ['backs off', 500],
    ['waits out a 429', 429],
  ])('ends one that %s', async (_, status) => {
    const clock = heldClock();
    const server = await serveAnswers({ status, headers: { 'retry-after': '60' } });
    const stop = new AbortController();
    const work = rejection(clientFor(server.url, clock).get('/a', {}, { signal: stop.signal }));
    await clock.asleep();
    stop.abort(reason);
    expect(await work).toBe(reason);
    await server.settle();
    expect(server.seen).toHaveLength(1);
  });

  test('of very many requests with one signal warns of no leak', async () => {
    const warnings: Error[] = [];
    const watch = (warning: Error) => warnings.push(warning);
    process.on('warning', watch);
    const server = await serveByHand();
    const client = clientFor(server.url, steppingClock());
    const stop = new AbortController();
    const all = Array.from({ length: 100 }, (_, n) => rejection(client.get(`/${n}`, {}, { signal: stop.signal })));
    await server.arrived(4);
    stop.abort(reason);
    expect(new Set(await Promise.all(all))).toEqual(new Set([reason]));
    await server.settle();
    process.off('warning', watch);
    expect(warnings).toEqual([]);
  });
});

describe('bounds', () => {
  test('at most `concurrency` requests are on the way', async () => {
    const server = await serveByHand();
    const client = clientFor(server.url, steppingClock(), { concurrency: 3 });
    const all = Array.from({ length: 9 }, (_, n) => client.get(`/${n}`, {}));
    for (let round = 1; round <= 3; round += 1) {
      await server.arrived(3);
      await server.settle();
      expect(server.seen).toHaveLength(3 * round);
      server.answerAll();
    }
    await Promise.all(all);
  });

  test('a request of a higher priority leaves the queue first', async () => {
    const server = await serveByHand();
    const client = clientFor(server.url, steppingClock(), { concurrency: 1 });
    const all = [
      client.get('/first', {}),
      client.get('/low', {}, { priority: -1 }),
      client.get('/usual', {}),
      client.get('/urgent', {}, { priority: 5 }),
    ];
    for (const _ of all) {
      await server.arrived(1);
      server.answerAll();
    }
    await Promise.all(all);
    expect(server.seen).toEqual(['/first', '/urgent', '/usual', '/low']);
  });

  test('at most `requestsPerMinute` requests are sent in a minute, the last tenth only for who waits', async () => {
    const clock = heldClock();
    const server = await serveAnswers({ body: '1' });
    const client = clientFor(server.url, clock, { requestsPerMinute: 5 });
    const all = Array.from({ length: 5 }, (_, n) => client.get(`/${n}`, {}));
    expect(await Promise.all(all.slice(0, 4))).toEqual([1, 1, 1, 1]);
    await server.settle();
    expect(server.seen).toEqual(['/0', '/1', '/2', '/3']);
    expect(await client.get('/live', {}, { priority: 10 })).toBe(1);
    const late = client.get('/late', {}, { priority: 10 });
    await server.settle();
    expect(server.seen).toEqual(['/0', '/1', '/2', '/3', '/live']);
    clock.advance(60_000);
    expect(await Promise.all([late, ...all])).toEqual([1, 1, 1, 1, 1, 1]);
    expect(server.seen.slice(5)).toEqual(['/late', '/4']);
  });

  test('a request that is given up while the minute is used leaves its place to the next', async () => {
    const clock = heldClock();
    const server = await serveAnswers({ body: '1' });
    const client = clientFor(server.url, clock, { requestsPerMinute: 1 });
    await client.get('/first', {});
    const stop = new AbortController();
    const second = rejection(client.get('/second', {}, { signal: stop.signal }));
    const third = client.get('/third', {});
    await clock.asleep();
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await second).toBe(reason);
    clock.advance(60_000);
    expect(await third).toBe(1);
    expect(server.seen).toEqual(['/first', '/third']);
  });

  test('tries count towards the minute too', async () => {
    const clock = heldClock();
    const server = await serveAnswers({ status: 500 });
    const client = clientFor(server.url, clock, { requestsPerMinute: 2 });
    const stop = new AbortController();
    const work = rejection(client.get('/a', {}, { signal: stop.signal, priority: 1 }));
    for (let tries = 1; tries <= 2; tries += 1) {
      await clock.asleep();
      clock.advance(1000);
    }
    await clock.asleep();
    clock.advance(30_000);
    await server.settle();
    expect(server.seen).toHaveLength(2);
    stop.abort();
    await work;
  });
});
