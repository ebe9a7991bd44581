import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs once before all tests: what `npm run build` does, so that the tests which need a process of their own run the
 * program as it is shipped, and never yesterday's.
 */
export function setup(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const built = spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) {
    const said = [built.error?.message, built.stdout, built.stderr].filter(Boolean).join('\n').trim();
    throw new Error(`The build failed, so no test was run:\n${said}`);
  }
}
