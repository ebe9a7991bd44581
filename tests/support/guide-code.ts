import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type GuideName, readGuide } from '../../src/guides/library.ts';

export const hasPython = spawnSync('python3', ['--version']).status === 0;

/** The code blocks of a guide in one language; a block that begins with a file's name in a comment has that name. */
export async function codeOf(name: GuideName, language: 'python' | 'ts') {
  const blocks = (await readGuide(name)).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'));
  return [...blocks].map(([, code = ''], index) => {
    const file = /^(?:#|\/\/) ([\w-]+\.\w+)\n/.exec(code)?.[1] ?? `block-${index}.${language}`;
    return { file, code };
  });
}

/** A folder with these files in it, gone after the test. */
export function folderWith(files: readonly { file: string; code: string }[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const { file, code } of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), code);
  }
  return folder;
}

/** Runs a program in `folder`, with nothing of the tester's environment but the path. */
export function runIn(folder: string, command: string, args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const surroundings = { PATH: process.env.PATH ?? '', HOME: folder, PYTHONDONTWRITEBYTECODE: '1', ...env };
    const child = execFile(command, [...args], { cwd: folder, env: surroundings }, (error, stdout, stderr) =>
      resolve({ code: error ? (child.exitCode ?? -1) : 0, stdout, stderr }),
    );
  });
}
