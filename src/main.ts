#!/usr/bin/env node
import { keepCompiled } from './keep-compiled.ts';

/**
 * The bin: checks Node's version before it loads anything that an older Node can't read. For the same reason it imports
 * none of Node's modules, and leaves the rest to a file that has everything a start needs.
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
