import { expect, test } from 'vitest';
import { entryFault, type Machine } from '../../src/clients/entry-fault.ts';

const linux: Machine = {
  place: { platform: 'linux', homeDir: '/home/ada', workDir: '/shop', env: {} },
  isPublished: true,
  isThere: (path) => ['/usr/bin/node', '/opt/main.js'].includes(path),
  isOnPath: (program) => program === 'node',
};
const windows: Machine = {
  ...linux,
  place: { ...linux.place, platform: 'win32' },
  isThere: (path) => path === 'C:\\node\\node.exe',
};

const waits = /^asks the registry at each start, and waits a minute/;

test.each([
  ['npx', '-y', 'dunetrace-mcp'],
  ['npx', '-y', '--prefer-offline', 'dunetrace-mcp'],
  ['npx', '-y', '--prefer-offline', 'dunetrace-mcp@latest'],
  ['npx', '-y', 'dunetrace-mcp@1.2.3'],
  ['/usr/local/bin/npx', 'dunetrace-mcp'],
  ['cmd', '/c', 'npx', '-y', 'dunetrace-mcp'],
  ['C:\\Program Files\\nodejs\\npx.cmd', '-y', 'dunetrace-mcp'],
] as const)('%s %s %s %s waits', (...words) => {
  expect(entryFault(words, linux)).toMatch(waits);
});

test('npx with a fixed version that it has at hand does not wait, but gets what is not published from anyone', () => {
  const words = ['npx', '-y', '--prefer-offline', 'dunetrace-mcp@1.2.3'] as const;
  expect(entryFault(words, linux)).toBeUndefined();
  expect(entryFault(words, { ...linux, isPublished: false })).toMatch(/whoever takes its name gets the key$/);
});

test.each([
  [['/usr/bin/node', '/opt/main.js'], undefined],
  [['node', '/opt/main.js'], undefined],
  [['npx', 'something-else'], 'starts npx, which is in no folder of PATH here'],
  [['/gone/node', '/opt/main.js'], 'starts /gone/node, which is not there'],
  [['/usr/bin/node', '/gone/main.js', '--token', 'secret'], 'starts /gone/main.js, which is not there'],
  [['/usr/bin/node', '--max-old-space-size=99', '/gone/main.cjs'], 'starts /gone/main.cjs, which is not there'],
  [['dunetrace-mcp'], 'starts dunetrace-mcp, which is in no folder of PATH here'],
  [['./run.sh'], undefined],
] as const)('%j: %s', (words, fault) => {
  expect(entryFault(words, linux)).toBe(fault);
});

test('on Windows, paths are those of Windows', () => {
  expect(entryFault(['C:\\node\\node.exe', 'D:\\gone\\main.js'], windows)).toBe(
    'starts D:\\gone\\main.js, which is not there',
  );
  expect(entryFault(['C:\\gone\\node.exe'], windows)).toBe('starts C:\\gone\\node.exe, which is not there');
});
