import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs once before all tests: what `npm run build` does, so that the tests which need a process of their own run the
 * program as it is shipped, and never yesterday's. What those processes compile is kept for all of them in one folder.
 */
export function setup(): () => void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const built = spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) {
    const said = [built.error?.message, built.stdout, built.stderr].filter(Boolean).join('\n').trim();
    throw new Error(`The build failed, so no test was run:\n${said}`);
  }
  const caches = mkdtempSync(join(tmpdir(), 'dunetrace-caches-'));
  process.env.XDG_CACHE_HOME = caches;
  return () => rmSync(caches, { recursive: true, force: true });
}
