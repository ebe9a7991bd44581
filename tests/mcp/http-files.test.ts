import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, callTool, connectTo, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, mainScript } from '../support/program.ts';
import { clean, fillSmallFleet } from '../support/small-fleet.ts';

/** Files that the server may have open, sockets among them: enough to start, and soon used up. */
const maxFiles = 80;

/** Starts the server with a low limit of open files. @returns its URL without a path. */
async function startWithFewFiles(env: Record<string, string>): Promise<string> {
  const args = ['-c', `ulimit -n ${maxFiles} && exec "$0" "$@"`, process.execPath, mainScript];
  const child = spawn('/bin/sh', [...args, 'serve', '--http', '--port', '0'], { env });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  let stderr = '';
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
      const url = /listening on (\S+)\/mcp /.exec(stderr)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(stderr)));
  });
}

/** A connection that asks nothing; it resolves with whether the server has taken it, or turned it away. */
async function hold(port: number): Promise<{ socket: Socket; isOpen: () => boolean }> {
  const socket = connect(port, '127.0.0.1');
  let isOpen = true;
  socket.on('error', () => {});
  socket.on('close', () => {
    isOpen = false;
  });
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return { socket, isOpen: () => isOpen };
}

test.skipIf(process.platform === 'win32')(
  'a server that has no files left for connections answers when some go, and its syncer goes on',
  async () => {
    const api = await startFakeCustomerApi();
    fillSmallFleet(api.backend, Date.now() / 1000);
    const url = await startWithFewFiles(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' }).env);
    const client = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    const signals = () => callTool(client, 'get_agent_signals', { agent_id: 'research-agent' });
    await askUntil(signals, (answer) => freshnessOf(answer).covered);
    const held = await Promise.all(Array.from({ length: 2 * maxFiles }, () => hold(Number(new URL(url).port))));
    // The server has no file for these: it turns them away, or lets them wait.
    while (held.every(({ isOpen }) => isOpen())) await fetch(`${url}/healthz`).catch(() => undefined);
    for (const { socket } of held) socket.destroy();
    api.backend.analyse(clean, [{ failureType: 'COST_SPIKE', severity: 'HIGH', stepIndex: 1 }]);
    const answer = await askUntil(signals, ({ text }) => text.includes('COST_SPIKE'));
    expect(freshnessOf(answer)).toMatchObject({ stale: false, covered: true });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  },
);
