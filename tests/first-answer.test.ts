import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { isLong } from './support/effort.ts';
import { startFakeCustomerApi } from './support/fake-customer-api.ts';
import { callTool, connectTo } from './support/mcp-client.ts';
import { fillSmallFleet } from './support/small-fleet.ts';

/** A newcomer follows the README in a clone, with an empty home, until a client has an answer. */

const root = fileURLToPath(new URL('..', import.meta.url));

const reachesPackages = /^(npm_config_registry|https?_proxy|no_proxy|node_extra_ca_certs)$/i;

/** What a clone has. */
function copyClone(folder: string): void {
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const name of names) cpSync(join(root, name), join(folder, name));
}

/** The README's shell lines from installing to the editor's settings, with the address of an API that is there. */
function linesTo(apiUrl: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, use = ''] = readme.split('## Use it');
  const blocks = [...use.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const lines = blocks.slice(0, 2).join('');
  expect(lines).toContain('DUNETRACE_API_URL=http://localhost:8002');
  return lines.replace('http://localhost:8002', apiUrl);
}

const settings = z.object({
  mcpServers: z.object({
    dunetrace: z.object({
      command: z.string(),
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()),
    }),
  }),
});

test.skipIf(!isLong)(
  "the README's lines lead from a clone and an empty home to an answer",
  { timeout: 300_000 },
  async () => {
    const api = await startFakeCustomerApi();
    fillSmallFleet(api.backend, Date.now() / 1000);
    const home = mkdtempSync(join(tmpdir(), 'dunetrace-newcomer-'));
    onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 3 }), 60_000);
    const clone = join(home, 'clone');
    mkdirSync(clone);
    copyClone(clone);
    const prefix = join(home, 'npm');
    const PATH = [join(prefix, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
    // Nothing of the tester's own but how npm reaches its packages.
    const reach = Object.entries(process.env).filter(([name]) => reachesPackages.test(name));
    const env = {
      ...Object.fromEntries(reach),
      PATH,
      HOME: home,
      npm_config_prefix: prefix,
    };
    const shell = spawn('bash', ['-e'], { cwd: clone, env });
    onTestFinished(() => void shell.kill('SIGKILL'));
    shell.stdin.end(linesTo(api.url));
    const [said, complaints, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'exit')]);
    expect({ code, said, complaints }).toMatchObject({ code: 0 });

    const { dunetrace } = settings.parse(JSON.parse(readFileSync(join(home, '.claude.json'), 'utf8'))).mcpServers;
    const client = await connectTo(
      new StdioClientTransport({ ...dunetrace, env: { HOME: home, PATH, ...dunetrace.env }, stderr: 'ignore' }),
    );
    expect((await callTool(client, 'list_agents', {})).text).toContain('research-agent');
  },
);
