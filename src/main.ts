#!/usr/bin/env node
/**
 * The bin: looks at Node's version before anything is loaded that an older one can't read. It imports nothing statically,
 * for the same reason.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 14)) {
  void import('./program.ts');
} else {
  process.stderr.write(`dunetrace-mcp: Node 22.14 or newer is needed, and this is Node ${process.versions.node}.\n`);
  process.exitCode = 2;
}
