#!/usr/bin/env node
import { keepCompiled } from './keep-compiled.ts';

/**
 * The bin: looks at Node's version before anything is loaded that an older one can't read. It imports no module of Node's,
 * for the same reason, and leaves the rest to a file that has all that a start needs.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 14)) {
  const [command = 'serve', ...more] = process.argv.slice(2);
  const program = command === 'serve' && more.length === 0 ? './server.js' : './program.js';
  keepCompiled(process);
  require(program);
} else {
  process.stderr.write(`dunetrace-mcp: Node 22.14 or newer is needed, and this is Node ${process.versions.node}.\n`);
  process.exitCode = 2;
}
