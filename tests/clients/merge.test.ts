import { parse as parseToml } from '@decimalturn/toml-patch';
import { getNodeValue, parseTree } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { mergeEntry } from '../../src/clients/merge.ts';

const json = { file: 'settings.json', path: ['mcpServers'], name: 'dunetrace' };
const toml = { file: 'config.toml', path: ['mcp_servers'], name: 'dunetrace' };
const entry = { command: 'npx', args: ['-y', 'dunetrace-mcp'], env: { DUNETRACE_API_KEY: 'k' } };

const parsed = (text: string): unknown => {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  return tree && getNodeValue(tree);
};

describe('JSON', () => {
  test('an empty file becomes one with the entry, and a second time changes nothing', () => {
    const once = mergeEntry('json', '', json, entry);
    expect(JSON.parse(once)).toEqual({ mcpServers: { dunetrace: entry } });
    expect(once.endsWith('}\n')).toBe(true);
    expect(mergeEntry('json', once, json, entry)).toBe(once);
  });

  test('comments, other servers, trailing commas and the indentation stay', () => {
    const text = `{
\t// my settings
\t"theme": "dark", /* nice */
\t"mcpServers": {
\t\t"other": { "command": "x", "env": { "T": "1" } }, // keep me
\t},
}
`;
    const after = mergeEntry('json', text, json, entry);
    const [start, rest] = text.split('{\n\t\t"other"');
    expect(after.startsWith(`${start}{\n\t\t"dunetrace": {\n\t\t\t"command": "npx",\n`)).toBe(true);
    expect(after.endsWith(`\n\t\t"other"${rest}`)).toBe(true);
    expect(parsed(after)).toEqual({
      theme: 'dark',
      mcpServers: { other: { command: 'x', env: { T: '1' } }, dunetrace: entry },
    });
  });

  test('where there are no servers yet, their table comes first, and the rest stays', () => {
    const text = '{ "theme": "dark" } // mine\n';
    const after = mergeEntry('json', text, json, entry);
    expect(after.endsWith('\n "theme": "dark" } // mine\n')).toBe(true);
    expect(parsed(after)).toEqual({ theme: 'dark', mcpServers: { dunetrace: entry } });
  });

  test("an entry that is there is brought up to date; the user's own keys and variables stay", () => {
    const found = { command: 'old', disabled: false, env: { DUNETRACE_DB: '/x', DUNETRACE_API_KEY: 'old' } };
    const after = mergeEntry('json', JSON.stringify({ mcpServers: { dunetrace: found } }), json, entry);
    expect(parsed(after)).toEqual({
      mcpServers: {
        dunetrace: { disabled: false, ...entry, env: { DUNETRACE_DB: '/x', DUNETRACE_API_KEY: 'k' } },
      },
    });
  });

  test('a key that is in the file stays when there is no other', () => {
    const text = JSON.stringify({ mcpServers: { dunetrace: entry } });
    expect(mergeEntry('json', text, json, { command: 'npx', args: ['-y', 'dunetrace-mcp'] })).toBe(text);
  });

  test('changing to an address drops the command and its environment', () => {
    const text = JSON.stringify({ mcpServers: { dunetrace: { ...entry, disabled: true } } });
    const after = mergeEntry('json', text, json, { type: 'http', url: 'http://127.0.0.1:8000/mcp' });
    expect(parsed(after)).toEqual({
      mcpServers: { dunetrace: { disabled: true, type: 'http', url: 'http://127.0.0.1:8000/mcp' } },
    });
  });

  test('comments in the entry stay beside what stays', () => {
    const text = '{"mcpServers":{"dunetrace":{"command":"npx", // mine\n"args":["-y"], /* b */ "env":{}}}}';
    const after = mergeEntry('json', text, json, entry);
    expect(parsed(after)).toEqual({ mcpServers: { dunetrace: entry } });
    expect(after).toContain('// mine');
    expect(after).toContain('/* b */');
  });

  test.each(['  \n', 'null', '{"mcpServers":null}', '{"mcpServers":{"dunetrace":null}}'])(
    '%j counts as empty',
    (text) => {
      const after = mergeEntry('json', text, json, entry);
      expect(parsed(after)).toEqual({ mcpServers: { dunetrace: entry } });
      expect(mergeEntry('json', after, json, entry)).toBe(after);
    },
  );

  test.each(['json' as const, 'toml' as const])('of %s, a value that must not be there goes', (format) => {
    const place = { ...(format === 'json' ? json : toml), secrets: ['DUNETRACE_API_KEY'] };
    const found = { ...entry, env: { DUNETRACE_API_KEY: 'literal', DUNETRACE_DB: '/x' } };
    const after = mergeEntry(format, mergeEntry(format, '', place, found).replace('"k"', '"x"'), place, {
      command: 'npx',
      args: [],
    });
    expect(after).not.toContain('literal');
    expect(after).toContain('/x');
  });

  test('a byte order mark and Windows line ends stay', () => {
    const after = mergeEntry('json', '\uFEFF{\r\n  "a": 1\r\n}\r\n', json, entry);
    expect(after.startsWith('\uFEFF{\r\n')).toBe(true);
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test.each([
    ['{ "mcpServers": ', /settings\.json was not changed: it can't be read \(invalid JSON at line 1\)/],
    ['{\n "a": 1,\n "b" 2 }', /invalid JSON at line 3/],
    ['{"mcpServers":{"a":1},"mcpServers":{"b":2}}', /"mcpServers\.dunetrace" or a part of it occurs twice/],
    ['[]', /it is not a table of settings/],
    ['{ "mcpServers": [] }', /"mcpServers" in it is not a table of settings/],
  ])('%s is refused', (text, message) => {
    expect(() => mergeEntry('json', text, json, entry)).toThrow(message);
  });
});

describe('TOML', () => {
  const others = '# mine\nmodel = "o3" # best\n\n[mcp_servers.other] # keep\ncommand = "x"\n\n[tui]\ntheme = "dark"\n';

  test('an empty file becomes one with the entry, and a second time changes nothing', () => {
    const once = mergeEntry('toml', '', toml, entry);
    expect(once).toBe(
      '[mcp_servers.dunetrace]\ncommand = "npx"\nargs = [ "-y", "dunetrace-mcp" ]\n\n[mcp_servers.dunetrace.env]\nDUNETRACE_API_KEY = "k"\n',
    );
    expect(mergeEntry('toml', once, toml, entry)).toBe(once);
  });

  test('it goes to the end, and all that was there stays', () => {
    const after = mergeEntry('toml', others, toml, entry);
    expect(after.startsWith(`${others}\n[mcp_servers.dunetrace]\n`)).toBe(true);
    expect(parseToml(after)).toMatchObject({ mcp_servers: { other: { command: 'x' }, dunetrace: entry } });
  });

  test('an entry that is there is changed in its place', () => {
    const there = mergeEntry('toml', others, toml, { ...entry, env: { DUNETRACE_API_KEY: 'old' } });
    const after = mergeEntry('toml', there, toml, entry);
    expect(after).toBe(there.replace('"old"', '"k"'));
  });

  test('Windows line ends, and integers that no JSON number holds, stay', () => {
    const after = mergeEntry('toml', 'big = 9223372036854775807\r\n[a]\r\n', toml, entry);
    expect(after.startsWith('big = 9223372036854775807\r\n')).toBe(true);
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
    expect(mergeEntry('toml', after, toml, entry)).toBe(after);
  });

  test('a table in one line ends without a comma, also beside lists that have one', () => {
    const text = '[mcp_servers.dunetrace]\ncommand = "old"\nargs = [\n  "a", # one\n  "b",\n]\n';
    expect(mergeEntry('toml', text, toml, entry)).toContain('env = { DUNETRACE_API_KEY = "k" }');
  });

  test('servers that stand in one line get the entry there', () => {
    const text = 'mcp_servers = { other = { command = "x" } } # one line\n';
    const after = mergeEntry('toml', text, toml, entry);
    expect(parseToml(after)).toMatchObject({ mcp_servers: { other: { command: 'x' }, dunetrace: entry } });
    expect(after).toContain('# one line');
  });

  test.each([
    ['a = = 1', /config\.toml was not changed: it can't be read/],
    ['mcp_servers = 3', /"mcp_servers" in it is not a table of settings/],
  ])('%s is refused', (text, message) => {
    expect(() => mergeEntry('toml', text, toml, entry)).toThrow(message);
  });
});
