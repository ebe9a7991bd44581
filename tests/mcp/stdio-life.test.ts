import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Server } from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import { serveStdio } from '../../src/mcp/stdio.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, ended, run, start } from '../support/program.ts';
import { initializeBody } from '../support/raw-http.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

async function fleet(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  return { api, place: createPlace(api.url, { DUNETRACE_LIVE_BUDGET_MS: '60000', ...extra }) };
}

const line = (message: unknown) => `${JSON.stringify(message)}\n`;
const listAgents = (id: number) => line({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'list_agents' } });

const messagesIn = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((message) => JSON.parse(message));

test('calls under way when stdin closes are still answered, and then the server ends', async () => {
  const { api, place } = await fleet();
  const held = api.hold();
  const child = start([], place);
  const end = ended(child);
  child.stdin.end(line(initializeBody) + listAgents(2) + listAgents(3));
  await once(child.stdout, 'data');
  await held.arrived;
  held.release();
  const { code, stdout, stderr } = await end;
  const messages = messagesIn(stdout);
  expect(messages.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
  expect(messages.find(({ id }) => id === 3).result.structuredContent).toMatchObject({ total: 2 });
  expect([code, stderr]).toEqual([0, '']);
});

test('SIGTERM does not wait for calls under way', async () => {
  const { api, place } = await fleet();
  const held = api.hold();
  const child = start([], place);
  const end = ended(child);
  child.stdin.write(line(initializeBody) + listAgents(2));
  await once(child.stdout, 'data');
  await held.arrived;
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await end;
  held.release();
  expect(messagesIn(stdout).map(({ id }) => id)).toEqual([1]);
  expect([code, stderr]).toEqual([0, '']);
});

test('calls that SIGTERM cuts off while the mirror is being opened leave no trace on stderr', async () => {
  const { place } = await fleet();
  const child = start([], place);
  const end = ended(child);
  child.stdin.write(line(initializeBody) + listAgents(2));
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const { code, stderr } = await end;
  expect([code, stderr]).toEqual([0, '']);
});

test('a client that no longer reads ends the server quietly, with the lease given up, though stdin stays open', async () => {
  const { api, place } = await fleet();
  const held = api.hold();
  const child = start([], place);
  const stderr = text(child.stderr);
  child.stdin.write(line(initializeBody));
  await once(child.stdout, 'data');
  // It polls, so it holds the lease.
  await held.arrived;
  child.stdout.destroy();
  for (let id = 2; id < 6; id += 1) child.stdin.write(line({ jsonrpc: '2.0', id, method: 'ping' }));
  const [code] = await once(child, 'exit');
  held.release();
  expect([code, await stderr]).toEqual([0, '']);
  expect(JSON.parse((await run(['status', '--json'], place)).stdout).poller).toBe(null);
});

test('lines that are no messages are skipped, said on stderr, and the next message is answered', async () => {
  const { place } = await fleet();
  const child = start([], place);
  const end = ended(child);
  const rubbish = [
    'rubbish',
    '',
    '{"jsonrpc":"2.0"',
    '{}',
    '[]',
    'null',
    '\u0000\u001b[2J',
    line(initializeBody).slice(0, 40),
  ];
  child.stdin.write(line(initializeBody));
  child.stdin.write(`${rubbish.join('\n')}\n`);
  child.stdin.write(Buffer.from([0xff, 0xfe, 0x0a]));
  child.stdin.end(line({ jsonrpc: '2.0', id: 2, method: 'ping' }));
  const { code, stdout, stderr } = await end;
  expect(messagesIn(stdout).map(({ id }) => id)).toEqual([1, 2]);
  expect(code).toBe(0);
  expect(new Set(stderr.trimEnd().split('\n'))).toEqual(
    new Set(['dunetrace-mcp: warning: skipped a line on stdin that is not a JSON-RPC message']),
  );
});

test('a method that there is not is an error of the protocol, and so are params that no method takes', async () => {
  const { place } = await fleet();
  const child = start([], place);
  const end = ended(child);
  child.stdin.write(line(initializeBody));
  child.stdin.write(line({ jsonrpc: '2.0', id: 2, method: 'tools/nonesuch' }));
  child.stdin.end(line({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 5 } }));
  const { stdout } = await end;
  const errorOf = (asked: number) => messagesIn(stdout).find(({ id }) => id === asked).error;
  expect(errorOf(2)).toMatchObject({ code: -32601, message: expect.stringContaining('Method not found') });
  expect(errorOf(3)).toMatchObject({ code: -32602, message: expect.stringContaining('name') });
});

test('a line without an end does not leave the server behind, deaf', async () => {
  const { place } = await fleet();
  const child = start([], place);
  const end = ended(child);
  // The server closes its end in the middle of this.
  child.stdin.on('error', () => {});
  child.stdin.write('x'.repeat(11 * 1024 * 1024));
  const { code, stderr } = await end;
  expect(code).toBe(0);
  expect(stderr).toContain('exceeded maximum size');
});

test('whatever has an id is answered, and what some clients send for nothing is nothing', async () => {
  const { place } = await fleet();
  const child = start([], place);
  const end = ended(child);
  child.stdin.write(line(initializeBody));
  child.stdin.write(line({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: null }));
  child.stdin.write(line({ jsonrpc: '2.0', id: 3, method: 'ping', params: [] }));
  const call = { name: 'get_mirror_status', arguments: null };
  child.stdin.write(line({ jsonrpc: '2.0', id: 4, method: 'tools/call', params: call }));
  child.stdin.write(line({ jsonrpc: '2.0', id: 5, method: 'ping', params: 'all' }));
  child.stdin.write(line({ id: 'six', method: 'ping' }));
  child.stdin.write(line([{ jsonrpc: '2.0', id: 7, method: 'ping' }, 8]));
  child.stdin.end(JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'ping' }));
  const { stdout } = await end;
  const answerTo = (asked: number | string) => messagesIn(stdout).find(({ id }) => id === asked);
  expect(answerTo(2).result.tools.length).toBeGreaterThan(0);
  expect(answerTo(3).result).toEqual({});
  expect(answerTo(4).result).toMatchObject({ structuredContent: { freshness: expect.anything() } });
  for (const asked of [5, 'six', 7]) {
    expect(answerTo(asked).error).toEqual({
      code: -32600,
      message:
        'Invalid JSON-RPC 2.0 request: it takes jsonrpc, id, method and, as an object, params. Send one per line.',
    });
  }
  // A last line may lack its end.
  expect(answerTo(9).result).toEqual({});
});

test('ten thousand lines of rubbish are told of once', async () => {
  const { place } = await fleet();
  const child = start([], place);
  const end = ended(child);
  child.stdin.end('rubbish\n'.repeat(10_000) + line({ jsonrpc: '2.0', id: 2, method: 'ping' }));
  const { stdout, stderr } = await end;
  expect(messagesIn(stdout).map(({ id }) => id)).toEqual([2]);
  expect(stderr).toBe('dunetrace-mcp: warning: skipped a line on stdin that is not a JSON-RPC message\n');
});

/** A server whose client asks for much, and reads nothing of it. */
async function unread(requests: number) {
  const { place } = await fleet();
  const child = start([], place);
  // What comes is seen to come, and not taken.
  const isUp = once(child.stdout, 'readable');
  child.stdin.write(line(initializeBody));
  await isUp;
  for (let id = 2; id < requests; id += 1) child.stdin.write(line({ jsonrpc: '2.0', id, method: 'tools/list' }));
  return child;
}

test('a client that asks and never reads can end the server by one signal', async () => {
  const child = await unread(20_000);
  child.stdin.on('error', () => {});
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

test('a client that closes its end and never reads leaves no server behind', async () => {
  const child = await unread(500);
  child.stdin.end();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

/** Nobody listens here. */
const createDeafListening = () => ({ begin: () => {}, end: () => {}, stop: () => {} });

/** A server in this process whose ping never answers. */
async function deafPing() {
  const clock = createFakeClock();
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let createServer = () => new Server({ name: 'unused', version: '0' });
  const asked = new Promise<void>((resolve) => {
    createServer = () => {
      const server = new Server({ name: 'deaf', version: '0' }, { capabilities: {} });
      server.setRequestHandler('ping', () => {
        resolve();
        return new Promise(() => {});
      });
      return server;
    };
  });
  const stop = new AbortController();
  const log = { info: () => {}, warn: () => {} };
  const deps = {
    createServer,
    createListening: createDeafListening,
    stdin,
    stdout,
    abandonOutput: () => {},
    clock,
    log,
  };
  let isOver = false;
  const over = serveStdio(deps, stop.signal).then(() => {
    isOver = true;
  });
  stdin.write(line({ jsonrpc: '2.0', id: 1, method: 'ping' }));
  await asked;
  return { clock, stdin, stop, over, isOver: () => isOver };
}

test('a call that never ends is waited for no longer than fifteen seconds', async () => {
  const { clock, stdin, over, isOver } = await deafPing();
  stdin.end();
  await once(stdin, 'close');
  clock.advance(14.9);
  await new Promise(setImmediate);
  expect(isOver()).toBe(false);
  clock.advance(0.2);
  await over;
});

test('nor is one that was cancelled', async () => {
  const { stdin, over } = await deafPing();
  stdin.end(line({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }));
  await over;
});

test('a signal ends the wait', async () => {
  const { stdin, stop, over } = await deafPing();
  stdin.end();
  await once(stdin, 'close');
  stop.abort();
  await over;
});
