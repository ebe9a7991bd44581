import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startConformanceServer } from '../support/conformance-server.ts';
import { isLong } from '../support/effort.ts';

/** The protocol's own conformance suite, its newest stable version and the alpha that knows 2026-07-28. */

const require = createRequire(import.meta.url);
const scriptOf = (name: string) => join(dirname(require.resolve(`${name}/package.json`)), 'dist', 'index.js');
const stable = scriptOf('@modelcontextprotocol/conformance');
const alpha = scriptOf('conformance-alpha');

/** Of a server that asks the client's user or model for something, which this one never does. */
const asksTheClient = {
  '2025-11-25': [
    'tools-call-sampling',
    'tools-call-elicitation',
    'elicitation-sep1034-defaults',
    'elicitation-sep1330-enums',
  ],
  '2026-07-28': [
    'input-required-result-basic-elicitation',
    'input-required-result-basic-sampling',
    'input-required-result-basic-list-roots',
    'input-required-result-request-state',
    'input-required-result-multiple-input-requests',
    'input-required-result-multi-round',
    'input-required-result-missing-input-response',
    'input-required-result-non-tool-request',
    'input-required-result-result-type',
    'input-required-result-tampered-state',
    'input-required-result-capability-check',
    'input-required-result-ignore-extra-params',
    // Its other two dozen checks hold.
    'server-stateless:sep-2575-server-rejects-undeclared-capability',
    'server-stateless:sep-2575-missing-capability-http-400',
    'server-stateless:sep-2575-http-server-no-independent-requests-on-stream',
  ],
};

/** Runs a suite against the fixtures. What is left out has to fail, so that no line of it outlives its reason. */
async function runSuite(script: string, options: readonly string[], leftOut: readonly string[]): Promise<void> {
  const server = await startConformanceServer();
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-conformance-'));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const baseline = join(folder, 'left-out.yaml');
  writeFileSync(baseline, `server:\n${leftOut.map((name) => `  - ${name}\n`).join('')}`);
  const args = [script, 'server', '--url', `${server.url}/mcp`, ...options];
  const child = spawn(process.execPath, [...args, '--expected-failures', baseline], { cwd: folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/Total: \d+ passed/);
}

const suiteMs = 120_000;

test.each(isLong ? (['2025-11-25', '2026-07-28'] as const) : (['2026-07-28'] as const))(
  'what revision %s requires of a server',
  { timeout: suiteMs },
  (revision) => runSuite(alpha, ['--requirements', revision], asksTheClient[revision]),
);

test.runIf(isLong)('the active scenarios of the stable suite', { timeout: suiteMs }, () =>
  runSuite(stable, ['--suite', 'active'], asksTheClient['2025-11-25']),
);
