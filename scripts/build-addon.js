// Makes better-sqlite3's addon loadable after `npm ci`, also where its own install script can't: that one downloads a
// prebuilt addon, else Node's headers, and fails without the open internet even if the headers lie beside this very Node.
// So package.json keeps that script from running, and this one does the same with one step between.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const { env, execPath } = process;
const folder = dirname(require.resolve('better-sqlite3/package.json'));

/** Runs a script of Node's in the addon's folder. */
function run(script, ...args) {
  return spawnSync(execPath, [script, ...args], { cwd: folder, stdio: 'inherit' }).status === 0;
}

/** In a process of its own: an addon that was loaded, or failed to, stays so. */
function loads() {
  const open = 'new (require("better-sqlite3"))(":memory:").close()';
  return spawnSync(execPath, ['-e', open], { cwd: dirname(dirname(folder)) }).status === 0;
}

function download() {
  return run(createRequire(join(folder, 'package.json')).resolve('prebuild-install/bin.js')) && loads();
}

function build() {
  const prefix = dirname(dirname(execPath));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  const headers = hasHeaders && !env.npm_config_nodedir ? [`--nodedir=${prefix}`] : [];
  const nodeGyp = createRequire(env.npm_execpath ?? import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  return run(nodeGyp, 'rebuild', '--release', ...headers) && loads();
}

if (!loads() && !download() && !build()) {
  process.stderr.write(
    'better-sqlite3 could be neither downloaded nor built; building wants Python 3, make and a C++ compiler.\n',
  );
  process.exit(1);
}
