import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { agentsCommand } from '../../src/cli/completion.ts';
import { tools } from '../../src/tools/registry.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, mainScript, type Place, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const place = () => createPlace('http://localhost:8002');

/** The script for a shell, and an environment with the program on its path. */
async function completionFor(shell: string, { env, folder }: Place) {
  const { code, stdout: script } = await run(['completion', shell], { env });
  expect(code).toBe(0);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'dunetrace-mcp'), `#!/bin/sh\nexec "${process.execPath}" "${mainScript}" "$@"\n`, {
    mode: 0o755,
  });
  return { script, env: { ...env, PATH: `${bin}${delimiter}${env.PATH}`, LC_ALL: 'C.UTF-8' } };
}

/** What bash offers for the last of these words. */
async function createBash(place: Place) {
  const { script, env } = await completionFor('bash', place);
  const all = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dunetrace_mcp; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (...words: string[]) => {
    const args = ['--norc', '-c', all, 'bash', 'dunetrace-mcp', ...words];
    const ran = spawnSync('bash', args, { env, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    return ran.stdout.trim().split('\n');
  };
}

test('bash completes commands, options and their values', async () => {
  const complete = await createBash(place());
  expect(complete('st')).toEqual(['status']);
  expect(complete('')).not.toContain(agentsCommand);
  expect(complete('sync', '--')).toEqual([
    '--full',
    '--check',
    '--sample',
    '--agent',
    '--from',
    '--json',
    '--quiet',
    '--verbose',
  ]);
  expect(complete('config', 'c')).toContain('claude-code');
  expect(complete('config', '--scope', '')).toEqual(['user', 'project']);
  expect(complete('sql', '--format', 'n')).toEqual(['ndjson']);
});

test('bash completes tools, agents of the mirror as they are typed, and files', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const synced = createPlace(api.url);
  await run(['sync', '--quiet'], synced);
  await api.stop();
  const complete = await createBash(synced);
  expect(complete('call', 'get_agent_')).toEqual(tools.flatMap(({ name }) => (/^get_agent_/.test(name) ? [name] : [])));
  expect(complete('patterns', 'res')).toEqual(['research-agent']);
  expect(complete('signals', '--')).toEqual(['--json']);
  expect(complete('signals', 'bil')).toEqual(['billing\\ agent\\ №7']);
  expect(complete('signals', 'billing\\ a')).toEqual(['billing\\ agent\\ №7']);
  expect(complete('sync', '--agent', 'res')).toEqual(['research-agent']);
  expect(complete('report', '--agent', 'x')).toEqual(['']);
  // Where nothing is offered, bash itself completes files.
  expect(complete('sql', '--file', 'x')).toEqual(['']);
  expect((await run(['completion', 'bash'], synced)).stdout).toContain('complete -o default ');
});

const hasFish = spawnSync('fish', ['--version']).status === 0;

test.runIf(hasFish)('fish completes tools, agents of the mirror and files', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const synced = createPlace(api.url);
  await run(['sync', '--quiet'], synced);
  const { script, env } = await completionFor('fish', synced);
  writeFileSync(join(synced.folder, 'complete.fish'), script);
  writeFileSync(join(synced.folder, 'colleague.db'), '');
  const complete = (line: string) => {
    const args = ['--no-config', '-c', `source complete.fish\ncomplete -C 'dunetrace-mcp ${line}'`];
    const ran = spawnSync('fish', args, { env, cwd: synced.folder, encoding: 'utf8' });
    return ran.stdout
      .trim()
      .split('\n')
      .map((offer) => offer.split('\t')[0]);
  };
  expect(complete('call get_run_')).toEqual(['get_run_detail']);
  expect(complete('signals bil')).toEqual(['billing agent №7']);
  expect(complete('sync --agent res')).toEqual(['research-agent']);
  expect(complete('sql --file coll')).toEqual(['colleague.db']);
});

test('without a mirror no agent is offered, and nothing is said or made', async () => {
  const empty = place();
  expect(await run([agentsCommand], empty)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await run([agentsCommand], { env: { ...empty.env, DUNETRACE_API_URL: 'nonsense' } })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(existsSync(empty.file)).toBe(false);
});

test.each(['zsh', 'fish'])('the script for %s knows every command and option', async (shell) => {
  const { stdout: help } = await run(['--help'], place());
  const { code, stdout } = await run(['completion', shell], place());
  expect(code).toBe(0);
  const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'help');
  expect(commands).toContain('sync');
  for (const name of commands) expect(stdout).toContain(name);
  expect(stdout).toContain(`dunetrace-mcp ${agentsCommand}`);
  expect(stdout).toContain('get_run_detail');
  expect(stdout).toMatch(shell === 'zsh' ? /--file\[.*:value:_files'/ : /-l file .* -r -F/);
  for (const option of ['full', 'scope', 'format', 'port']) expect(stdout).toMatch(new RegExp(`(--|-l )${option}\\b`));
});

test('an unknown shell is a usage error', async () => {
  const { code, stderr } = await run(['completion', 'tcsh'], place());
  expect(code).toBe(2);
  expect(stderr).toContain('tcsh');
});
