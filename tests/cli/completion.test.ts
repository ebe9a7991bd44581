import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createPlace, run } from '../support/program.ts';

const place = () => createPlace('http://localhost:8002');

test('bash completes commands, options and their values', async () => {
  const { code, stdout } = await run(['completion', 'bash'], place());
  expect(code).toBe(0);
  const complete = (...words: string[]) =>
    execFileSync(
      'bash',
      [
        '-c',
        `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dunetrace_mcp; echo "\${COMPREPLY[*]}"`,
        'bash',
        'dunetrace-mcp',
        ...words,
      ],
      {
        encoding: 'utf8',
      },
    ).trim();
  expect(complete('st')).toBe('status');
  expect(complete('sync', '--')).toBe('--full --check --sample --agent --from --json --quiet');
  expect(complete('config', 'c')).toBe('claude-code claude-desktop cursor codex copilot-cli cline continue');
  expect(complete('config', '--scope', '')).toBe('user project');
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
  for (const option of ['full', 'scope', 'format', 'port']) expect(stdout).toMatch(new RegExp(`(--|-l )${option}\\b`));
});

test('an unknown shell is a usage error', async () => {
  const { code, stderr } = await run(['completion', 'tcsh'], place());
  expect(code).toBe(2);
  expect(stderr).toContain('tcsh');
});
