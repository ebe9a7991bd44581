import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mcpClients } from '../../src/clients/catalog.ts';
import type { McpClient } from '../../src/clients/client.ts';
import { clientNames } from '../../src/clients/names.ts';
import type { Scope } from '../../src/clients/places.ts';
import { realClients } from '../real-clients/real-clients.ts';

/** docs/clients.md says of each client what `config` does, and how we know that it works. */

const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => /^\| [^|]+ \| `/.test(line));

const linux = { platform: 'linux', homeDir: '~', workDir: '', env: {} };
const files = ({ files }: McpClient, scope: Scope) =>
  files[scope]?.map((locate) => `\`${locate(linux)}\``).join(', ') ?? '-';

const rowOf = (name: string) => rows.find((row) => row.includes(` | \`${name}\` | `)) ?? '';

test('it has a row for each client, and for no other', () => {
  expect(rows.map((row) => /`([^`]+)`/.exec(row)?.[1]).sort()).toEqual([...clientNames].sort());
});

test.each(clientNames)('%s: its files, and whether it takes an address', (name) => {
  const client: McpClient = mcpClients[name];
  const cells = [client.title, `\`${name}\``, files(client, 'user'), files(client, 'project')];
  expect(rowOf(name)).toContain(`| ${cells.join(' | ')} | ${client.shape.url === undefined ? '-' : 'yes'} | `);
});

test.each(clientNames)('%s: the version that was run, or the page that was read', (name) => {
  const spec = realClients.find((client) => client.name === name)?.spec;
  const result = rowOf(name).split(' | ').at(-1);
  if (spec === undefined) expect(result).toMatch(/^read: \[[^\]]+\]\(https:\/\/\S+\)/);
  else expect(result).toMatch(new RegExp(`^run ${spec.split('@').at(-1)?.replaceAll('.', '\\.')}: `));
});
