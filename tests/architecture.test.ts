import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Enforces docs/architecture.md: who may import whom, and the house rules that a linter does not know. */

interface Rule {
  /** What the zone's files may import besides each other: zones, or single files. */
  may: readonly string[];
  /** What they may import types of besides; `*` is everything. */
  mayType?: readonly string[];
}

const leaves = [
  'agent-choice.ts',
  'errors.ts',
  'exact-json.ts',
  'clock.ts',
  'days.ts',
  'log.ts',
  'config.ts',
  'printable.ts',
  'placeholders.ts',
  'prose.ts',
  'exact-fields.ts',
  'chance.ts',
  'intervals.ts',
  'prices.ts',
  'nearest.ts',
  'own-machine.ts',
  'package-root.ts',
  'published.ts',
];

/** Zones are folders, or files at the top of src/. A zone that is not listed here fails: decide where it belongs. */
const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(leaves.map((leaf): [string, Rule] => [leaf, { may: leaves }])),
  api: { may: leaves },
  lists: { may: [...leaves, 'api'] },
  db: { may: [...leaves, 'lists/names.ts', 'lists/records.ts'], mayType: ['lists/record-list.ts'] },
  mirror: { may: [...leaves, 'db', 'lists'] },
  handover: {
    may: [...leaves, 'api/proxy.ts', 'api/rows.ts', 'api/wire.ts', 'db', 'lists/names.ts', 'lists/records.ts'],
  },
  sync: { may: [...leaves, 'api', 'db', 'lists', 'mirror'] },
  queries: {
    may: [
      'days.ts',
      'exact-json.ts',
      'chance.ts',
      'intervals.ts',
      'db',
      'lists/names.ts',
      'lists/records.ts',
      'lists/issues.ts',
      'lists/content.ts',
    ],
    mayType: ['lists/record-list.ts'],
  },
  text: {
    may: ['days.ts', 'exact-json.ts', 'intervals.ts', 'printable.ts', 'prose.ts', 'exact-fields.ts', 'lists/names.ts'],
    mayType: ['*'],
  },
  tools: {
    may: [
      ...leaves,
      'db',
      'lists/names.ts',
      'lists/records.ts',
      'queries',
      'text',
      'guides',
      'sync/ensure.ts',
      'pictures/series.ts',
      'pictures/event-facts.ts',
    ],
    mayType: ['sync/freshness.ts', 'db/open.ts', 'guarded-sql', 'lists/record-list.ts'],
  },
  guides: { may: ['errors.ts', 'package-root.ts'] },
  'guarded-sql': { may: [...leaves, 'queries', 'db/open.ts', 'db/open-any.ts', 'text/rows.ts'] },
  resources: {
    may: [...leaves, 'queries', 'text', 'tools', 'guides'],
    mayType: ['sync/ensure.ts', 'sync/freshness.ts', 'db/open.ts'],
  },
  prompts: { may: [...leaves, 'queries'], mayType: ['sync/ensure.ts', 'db/open.ts'] },
  notices: {
    may: [...leaves, 'queries', 'text'],
    mayType: ['sync/ensure.ts', 'db/open.ts', 'sync/freshness.ts'],
  },
  mcp: {
    may: [...leaves, 'tools', 'resources', 'prompts', 'notices', 'handover', 'db/migrate.ts'],
    mayType: ['db/open.ts'],
  },
  page: {
    may: [...leaves, 'db', 'mcp', 'pictures', 'report', 'text', 'tools/pricing.ts', 'tools/recovery.ts'],
    mayType: ['sync/ensure.ts'],
  },
  metrics: {
    may: [...leaves, 'db', 'lists/names.ts', 'queries', 'sync/freshness.ts', 'tools/recovery.ts'],
    mayType: ['sync/ensure.ts', 'tools/call-tool.ts'],
  },
  cli: {
    may: [
      ...leaves,
      'tools',
      'lists/names.ts',
      'metrics',
      'sync',
      'queries',
      'text',
      'mcp',
      'notices',
      'sample',
      'guarded-sql',
      'clients',
      'report',
      'page',
      'db',
      'handover',
      'mirror/reset.ts',
      'mirror/fill.ts',
      'mirror/store.ts',
    ],
  },
  pictures: { may: ['printable.ts', 'intervals.ts', 'text/time.ts'] },
  report: { may: ['printable.ts', 'days.ts', 'db', 'queries', 'text', 'pictures'] },
  clients: { may: ['errors.ts'] },
  sample: { may: [] },
  'process.ts': { may: leaves, mayType: ['cli'] },
  'program.ts': { may: ['cli', 'process.ts'] },
  'main.ts': { may: ['keep-compiled.ts'] },
  'keep-compiled.ts': { may: [] },
  'server.ts': { may: ['cli', 'process.ts'] },
};

/** Nobody imports these. (A thread or a process is started from its file, which is no import.) */
const entries = [
  'main.ts',
  'server.ts',
  'program.ts',
  'sync/worker.ts',
  'guarded-sql/child.ts',
  'handover/copy-thread.ts',
  'page/browser/follow.ts',
  'pictures/apps/agent.ts',
  'pictures/apps/runs.ts',
  'pictures/apps/news.ts',
];

/** The only files that may touch `process.env`, `process.argv` or `process.exit`. */
const processFiles = ['main.ts', 'keep-compiled.ts', 'process.ts', 'sync/worker.ts'];

const maxLines = 300;

interface Import {
  /** The importing file and the imported one, relative to src/; a package keeps its name. */
  from: string;
  to: string;
  typeOnly: boolean;
}

const src = fileURLToPath(new URL('../src', import.meta.url));

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))
  .sort();

const sources = new Map(files.map((name) => [name, readFileSync(join(src, name), 'utf8')]));

const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/.source;

/** Without comments; with `strings` also without what stands in quotes. */
function codeOf(text: string, strings: 'keep' | 'drop' = 'keep'): string {
  const tokens = new RegExp(`(${quoted})|//[^\\n]*|/\\*[^]*?\\*/`, 'g');
  return text.replace(tokens, (_, string?: string) => (string === undefined ? '' : strings === 'keep' ? string : "''"));
}

const statement = /^\s*(?:import|export)\s+([^;'"`()=]*?)\s*\bfrom\s*'([^']+)'/gm;
const bare = /\bimport\s*\(?\s*'([^']+)'/g;

/** Whether `import <clause> from` is gone once the types are. */
function isTypeOnly(clause: string): boolean {
  if (/^type\b/.test(clause)) return true;
  const names = /^\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

function importsOf(from: string, text: string): Import[] {
  const code = codeOf(text);
  const resolve = (to: string) => (to.startsWith('.') ? posix.join(dirname(from), to) : to);
  return [
    ...[...code.matchAll(statement)].map(([, clause = '', to = '']) => ({
      from,
      to: resolve(to),
      typeOnly: isTypeOnly(clause),
    })),
    ...[...code.matchAll(bare)].map(([, to = '']) => ({ from, to: resolve(to), typeOnly: false })),
  ];
}

const imports = [...sources].flatMap(([name, text]) => importsOf(name, text));
const own = imports.filter(({ to }) => sources.has(to));

const zoneOf = (name: string) => name.split('/')[0] ?? name;

const covers = (allowed: readonly string[], name: string) =>
  allowed.some((one) => ['*', name, zoneOf(name)].includes(one));

/** The files of src/ that break a rule, each with what is wrong; to be compared with an empty list. */
function offenders(find: (code: string, name: string) => string | undefined | false): string[] {
  return files.flatMap((name) => {
    const fault = find(sources.get(name) ?? '', name);
    return fault ? [`${name}: ${fault}`] : [];
  });
}

describe('who may import whom', () => {
  test('every file belongs to a zone with a rule', () => {
    expect(files.filter((name) => !(zoneOf(name) in rules))).toEqual([]);
  });

  test.each(Object.entries(rules))('%s', (zone, { may, mayType = [] }) => {
    const broken = own.filter(
      ({ from, to, typeOnly }) =>
        zoneOf(from) === zone && zoneOf(to) !== zone && !covers(may, to) && !(typeOnly && covers(mayType, to)),
    );
    expect(broken.map(({ from, to, typeOnly }) => `${from} imports ${typeOnly ? 'types of ' : ''}${to}`)).toEqual([]);
  });

  test('only sync imports both api and mirror', () => {
    const both = files.filter((name) => {
      const zones = own.filter(({ from }) => from === name).map(({ to }) => zoneOf(to));
      return zones.includes('api') && zones.includes('mirror') && zoneOf(name) !== 'sync';
    });
    expect(both).toEqual([]);
  });

  test('nobody imports an entry, but another entry', () => {
    const broken = own.filter(({ from, to }) => entries.includes(to) && !entries.includes(from));
    expect(broken.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('own files are imported by their real names', () => {
    const broken = imports.filter(({ to }) => !sources.has(to) && /^[./]|^src\/|\.ts$/.test(to));
    expect(broken.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('no cycles', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (name: string, path: readonly string[]) => {
      if (path.includes(name)) cycles.push([...path.slice(path.indexOf(name)), name].join(' -> '));
      if (done.has(name) || path.includes(name)) return;
      for (const { from, to } of own) if (from === name) visit(to, [...path, name]);
      done.add(name);
    };
    for (const name of files) visit(name, []);
    expect(cycles).toEqual([]);
  });
});

test('docs/architecture.md draws the folders as the imports have them', () => {
  const isFolder = (name: string) => name.includes('/');
  const arrows = new Map<string, Set<string>>();
  for (const { from, to } of own) {
    if (!isFolder(from) || !isFolder(to) || zoneOf(from) === zoneOf(to)) continue;
    const known = arrows.get(zoneOf(from)) ?? new Set();
    arrows.set(zoneOf(from), known.add(zoneOf(to)));
  }
  const drawn = [...arrows].sort().map(([zone, others]) => `${zone} -> ${[...others].sort().join(', ')}`);
  const page = readFileSync(fileURLToPath(new URL('../docs/architecture.md', import.meta.url)), 'utf8');
  expect(/```imports\n([^`]*)```/.exec(page)?.[1]?.trim().split('\n')).toEqual(drawn);
});

describe('every file', () => {
  test(`has at most ${maxLines} lines`, () => {
    const lines = (text: string) => text.trimEnd().split('\n').length;
    expect(offenders((text) => lines(text) > maxLines && `${lines(text)} lines`)).toEqual([]);
  });

  test('is in kebab-case, with its folders', () => {
    const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/;
    expect(files.filter((name) => !kebab.test(name))).toEqual([]);
  });

  test('has named exports only', () => {
    expect(
      offenders((text) => /\bexport\s+default\b|\bas\s+default\b/.test(codeOf(text, 'drop')) && 'default'),
    ).toEqual([]);
  });

  test('is no barrel: it has something of its own', () => {
    const reExport = /\bexport\s+(type\s+)?(\*(\s+as\s+[\w$]+)?|\{[^}]*\})\s*from\s*''\s*;?/g;
    const anyImport = /\bimport\s[^;]*;/g;
    const listExport = /\bexport\s+(type\s+)?\{[^}]*\}\s*;?/g;
    const isBarrel = (text: string) => {
      const code = codeOf(text, 'drop');
      return code.replace(reExport, '').replace(anyImport, '').replace(listExport, '').trim() === '';
    };
    expect(offenders((text) => isBarrel(text) && 'only passes things on')).toEqual([]);
    expect(offenders((text) => /\bexport\s+\*/.test(codeOf(text, 'drop')) && 'export *')).toEqual([]);
  });

  test('leaves the process to main', () => {
    const touched = /\bprocess\s*\.\s*(env|argv|exit|exitCode)\b|\bfrom\s*'(node:)?process'/;
    const code = (text: string) =>
      codeOf(text).replaceAll(new RegExp(quoted, 'g'), (string) =>
        /^'(node:)?process'$/.test(string) ? string : "''",
      );
    const find = (text: string, name: string) => !processFiles.includes(name) && touched.exec(code(text))?.[0];
    expect(offenders(find)).toEqual([]);
  });

  test('imports zod as a namespace, so that the bundle holds what is used of it, a third', () => {
    expect(offenders((text) => /\bimport\s*\{[^}]*\}\s*from\s*'zod'/.exec(codeOf(text))?.[0])).toEqual([]);
  });

  test('is silent: no console', () => {
    expect(offenders((text) => /\bconsole\s*\./.test(codeOf(text, 'drop')) && 'console')).toEqual([]);
  });
});

describe('this test sees', () => {
  const seen = (text: string) =>
    importsOf('sync/x.ts', text).map(({ to, typeOnly }) => `${typeOnly ? 'type ' : ''}${to}`);

  test.each([
    ["import { a } from '../api/client.ts';", ['api/client.ts']],
    ["import {\n  a,\n  type B,\n} from './pass.ts';", ['sync/pass.ts']],
    ["import type { B } from '../mirror/open.ts';", ['type mirror/open.ts']],
    ["import { type B, type C } from '../mirror/open.ts';", ['type mirror/open.ts']],
    ["import a, { type B } from 'zod';", ['zod']],
    ["import * as all from '../log.ts';", ['log.ts']],
    ["import '../log.ts';", ['log.ts']],
    ["const a = await import('../log.ts');", ['log.ts']],
    ["export { a } from '../log.ts';", ['log.ts']],
    ["export type { A } from '../log.ts';", ['type log.ts']],
    ["// import { a } from '../log.ts';\n/* import '../log.ts' */", []],
    ["import { a } from '../log.ts';\nimport type { B } from './b.ts';", ['log.ts', 'type sync/b.ts']],
  ])('%s', (text, expected) => {
    expect(seen(text)).toEqual(expected);
  });
});
