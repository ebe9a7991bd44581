import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { startHttpServer } from '../support/mcp-client.ts';
import { emptyHome, type Installed, installInto, said } from './installed.ts';
import { realClients } from './real-clients.ts';

/**
 * Real clients, from the registry: each reads what `config --write` wrote into an empty home, and says without a sign-in
 * that it reaches this server. `npm run test:clients` runs it; it needs the registry, up to ten minutes, and 1 GB of disk.
 * docs/clients.md has the results.
 */

const token = 'tok_0123456789abcdef';
const work = mkdtempSync(join(tmpdir(), 'dunetrace-clients-'));
const own = join(work, 'own', 'node_modules', '.bin', 'dunetrace-mcp');

beforeAll(async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['pack', '--ignore-scripts', '--pack-destination', work];
  const packed = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  await installInto(join(work, 'own'), join(work, packed.trim().split('\n').at(-1) ?? ''));
}, 300_000);

afterAll(() => rmSync(work, { recursive: true, force: true }), 300_000);

/** A home in which nothing is, for the client and for this program. */
async function createHome(name: string, program: string): Promise<Installed> {
  const api = await startFakeCustomerApi();
  const home = mkdtempSync(join(work, `${name}-home-`));
  const env = { ...emptyHome(home), DUNETRACE_API_URL: api.url, DUNETRACE_HTTP_TOKEN: token };
  return { program: join(work, name, 'node_modules', '.bin', program), folder: join(home, 'project'), env };
}

/** The client without this program's settings in its environment: it has only what was written. */
function alone({ env, ...client }: Installed): Installed {
  const rest = Object.entries(env).filter(([name]) => !name.startsWith('DUNETRACE_'));
  return { ...client, env: Object.fromEntries(rest) };
}

test.each(realClients)('$name', { timeout: 600_000 }, async ({ name, spec, program, ask, says }) => {
  onTestFinished(() => rmSync(join(work, name), { recursive: true, force: true }), 300_000);
  await installInto(join(work, name), spec);
  const stdio = await createHome(name, program);
  const config = (client: Installed, ...args: string[]) =>
    said({ ...client, program: own }, ['config', name, '--write', ...args]);
  expect(await ask(alone(stdio))).not.toMatch(says);
  expect(await config(stdio)).toContain('Written to ');
  expect(await ask(alone(stdio))).toMatch(says);
  const http = await createHome(name, program);
  const { url } = await startHttpServer(http);
  expect(await config(http, '--url', url)).toContain('Written to ');
  expect(await ask(alone(http))).toMatch(says);
});
