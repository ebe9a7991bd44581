import { parse as parseToml } from '@decimalturn/toml-patch';
import { getNodeValue, parseTree } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { mergeEntry } from '../../src/clients/merge.ts';

const json = { file: 'settings.json', path: ['mcpServers'], name: 'dunetrace', shape: {} };
const toml = { file: 'config.toml', path: ['mcp_servers'], name: 'dunetrace', shape: {} };
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

describe('YAML', () => {
  const place = {
    file: 'config.yaml',
    path: ['extensions'],
    name: 'dunetrace',
    shape: { command: 'cmd', env: 'envs', fresh: { enabled: true } },
  } as const;
  const goose = { type: 'stdio', cmd: 'node', args: ['/main.js'], envs: { DUNETRACE_API_KEY: 'k' } };
  const merge = (text: string, value = goose) => mergeEntry('yaml', text, place, value);
  const others = `# mine
GOOSE_MODE:   "smart"   # odd spaces

extensions: # all of them
    # dev tools
    developer:
        enabled:   true   # on
        type: builtin
    other: { type: stdio, cmd: x }
list:
- a   # one
`;

  test('an empty file becomes one with the entry, and a second time changes nothing', () => {
    const once = merge('');
    expect(once).toBe(
      'extensions:\n  dunetrace:\n    enabled: true\n    type: stdio\n    cmd: node\n    args:\n      - /main.js\n    envs:\n      DUNETRACE_API_KEY: k\n',
    );
    expect(merge(once)).toBe(once);
  });

  test('it goes before the other servers, in their indentation, and all that was there stays', () => {
    const after = merge(others);
    const [start = '', end = ''] = others.split('    # dev tools');
    expect(after.startsWith(`${start}    dunetrace:\n        enabled: true\n`)).toBe(true);
    expect(after.endsWith(`    # dev tools${end}`)).toBe(true);
    expect(parseYaml(after)).toMatchObject({ extensions: { dunetrace: { enabled: true, ...goose } }, list: ['a'] });
  });

  test('where there are no servers yet, they go to the end', () => {
    const text = '# mine\nGOOSE_MODE: auto # best\n';
    expect(merge(text).startsWith(`${text}\nextensions:\n  dunetrace:\n`)).toBe(true);
  });

  test('an entry that is there is changed in its place: its comments, switches and what is around it stay', () => {
    const text = `extensions:
  first: { type: builtin }
  dunetrace: # ours
    # how it starts
    cmd: old # the program
    args: [a]
    enabled: false # off for now
    envs:
      MINE: "1" # mine
  # about the next
  next:
    type:   builtin
`;
    const after = merge(text);
    const [before, behind] = [text.indexOf('  dunetrace'), text.indexOf('  # about the next')];
    expect(after.startsWith(text.slice(0, before))).toBe(true);
    expect(after.endsWith(text.slice(behind))).toBe(true);
    for (const comment of [
      '# ours',
      '# how it starts',
      'cmd: node # the program',
      'enabled: false # off for now',
      'MINE: "1" # mine',
    ])
      expect(after).toContain(comment);
    expect(parseYaml(after).extensions.dunetrace).toEqual({
      ...goose,
      enabled: false,
      envs: { MINE: '1', ...goose.envs },
    });
    expect(merge(after)).toBe(after);
  });

  test.each([
    ['a table in one line', 'extensions: { other: { type: builtin } } # one line\n'],
    ['an entry in one line', 'extensions:\n  dunetrace: { cmd: old } # one line\n'],
    ['an empty table', 'extensions: {} # one line\n'],
    ['nothing', 'extensions: # one line\nother: 1\n'],
  ])('%s is changed, and its comment stays', (_, text) => {
    const after = merge(text);
    expect(parseYaml(after).extensions).toMatchObject({ ...parseYaml(text).extensions, dunetrace: goose });
    expect(after).toContain('# one line');
    expect(merge(after)).toBe(after);
  });

  test('Windows line ends, and a byte order mark, stay', () => {
    const after = merge(`\uFEFF${others.replaceAll('\n', '\r\n')}`);
    expect(after.startsWith('\uFEFF# mine\r\n')).toBe(true);
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test.each([
    ['a: [1', /config\.yaml was not changed: it can't be read/],
    ['a: 1\na: 2', /config\.yaml was not changed: it can't be read \(Map keys must be unique/],
    ['a: 1\n---\nb: 2', /it can't be read/],
    ['extensions: 3', /"extensions" in it is not a table of settings/],
    ['- a', /it is not a table of settings/],
    [
      `a: &a [x, x, x]\n${'bcdefghij'.replaceAll(/./g, (name, at) => `${name}: &${name} [${'abcdefghij'.charAt(at)}]\n`.replace(/\[(.)\]/, '[*$1, *$1, *$1, *$1]'))}`,
      /it can't be read \(Excessive alias count/,
    ],
    [`a: ${'['.repeat(3000)}${']'.repeat(3000)}`, /nested more than 200 levels/],
  ])('%.30s is refused', (text, message) => {
    expect(() => merge(text)).toThrow(message);
  });
});
