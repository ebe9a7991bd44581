import { describe, expect, test } from 'vitest';
import { printable, printableLines } from '../../src/printable.ts';
import { freshnessLine } from '../../src/text/freshness.ts';
import { progressBar, progressLine, progressWords } from '../../src/text/progress.ts';
import { barredLines, type Rows, rowText, type StreamFormat, tableLines } from '../../src/text/rows.ts';
import { agentSignalLines, runSignalLines } from '../../src/text/signals.ts';
import { sizeWarning } from '../../src/text/status.ts';
import { size, syncLines } from '../../src/text/sync.ts';
import { fitted, table, widthOf } from '../../src/text/tables.ts';
import { ago, duration, iso, minute } from '../../src/text/time.ts';

describe('times', () => {
  test.each([
    [-5, 'just now'],
    [0.4, 'just now'],
    [1, '1s ago'],
    [89, '89s ago'],
    [90, '2m ago'],
    [5399, '90m ago'],
    [5400, '2h ago'],
    [6 * 3600, '6h ago'],
    [172_799, '48h ago'],
    [172_800, '2d ago'],
    [5 * 86_400, '5d ago'],
  ])('%d seconds are %s', (seconds, said) => expect(ago(seconds)).toBe(said));

  test.each([
    [0, '0.0s'],
    [5.63, '5.6s'],
    [130, '2m 10s'],
    [3599.6, '1h 0m'],
    [7500, '2h 5m'],
  ])('a run of %d seconds lasts %s', (seconds, said) => expect(duration(seconds)).toBe(said));

  test('a moment is in UTC', () => {
    expect(minute(1_778_678_340.5)).toBe('2026-05-13 13:19 UTC');
    expect(minute(1_778_678_340_500)).toBe('+058334-01-27 20:48 UTC');
    expect(iso(1_778_678_340.5)).toBe('2026-05-13T13:19:00.500Z');
    expect(iso(1e300)).toBe('1e+300');
  });
});

test('what comes from agents steers no terminal', () => {
  expect(printable('a\u001b[31mred\u001b[0m\u0007\u009b2J b\u0000')).toBe('ared2J b');
  expect(printable('\u001b]0;title\u0007x\r\ny')).toBe('x y');
  expect(printable('user\u202egnp.exe')).toBe('usergnp.exe');
  expect(printableLines('a\r\n\tb\u001b[2J')).toBe('a\n\tb');
  expect(printableLines('a\u2028b\u2029c\u0085d')).toBe('a\nb\nc\nd');
  expect(printable('a\u2028b\u200bc\ufeff\u{e0049}\u{e0067}d')).toBe('a bcd');
  // Joined emoji and scripts that need joiners stay whole.
  expect(printable('👩‍💻 می‌خواهم')).toBe('👩‍💻 می‌خواهم');
});

test('one long cell does not widen every row', () => {
  const rows = [
    ['x'.repeat(500), '1'],
    ['y', '2'],
  ];
  const lines = table([{ title: 'ID' }, { title: 'N' }], rows);
  expect(lines.map((line) => line.length)).toEqual([63, 63, 503, 63]);
});

test('a table is as wide as its cells, and numbers stand to the right', () => {
  const lines = table(
    [{ title: 'NAME' }, { title: 'N', align: 'right' }],
    [
      ['x', '10'],
      ['№7 long', '5'],
    ],
  );
  expect(lines).toEqual(['NAME      N', '───────────', 'x        10', '№7 long   5']);
});

describe('progress', () => {
  const view = {
    agentsDone: 3,
    agentsTotal: 6,
    rows: 12_345,
    rowsTotal: 54_321,
    listsDone: 0,
    listsTotal: 0,
    elapsedSeconds: 10,
  };

  test('a bar fits its terminal', () => {
    expect(progressBar(view, 100)).toBe(
      '[#######-----------------------] 3/6 agents  12,345/54,321 rows  1,235 rows/s  ETA 34s',
    );
    for (let width = 1; width < 120; width += 1) expect(progressBar(view, width).length).toBeLessThanOrEqual(width);
  });

  test('a line says the same; nothing is divided by zero', () => {
    expect(progressLine(view)).toBe('sync: 3/6 agents  12,345/54,321 rows  1,235 rows/s  ETA 34s');
    const none = { agentsDone: 0, agentsTotal: 0, rows: 0, rowsTotal: 0, listsDone: 0, listsTotal: 0 };
    const nothing = { ...none, elapsedSeconds: 0 };
    expect(progressLine(nothing)).toBe('sync: asks for the agents');
    expect(progressBar(nothing, 60)).toContain('[-----');
  });

  test('other lists and waits are told, in a line and in words', () => {
    const lists = { ...view, listsDone: 2, listsTotal: 7, waiting: { seconds: 11.2 } };
    expect(progressLine(lists)).toBe(
      'sync: 3/6 agents  2/7 other lists  12,345/54,321 rows  waits for the request budget, 12s',
    );
    expect(progressLine({ ...lists, agentsDone: 0, agentsTotal: 0, waiting: undefined })).toMatch(/^sync: 2\/7 other/);
    expect(progressWords({ ...lists, waiting: { seconds: 30, why: 'too many' } })).toBe(
      '3 of 6 agents, 2 of 7 other lists, 12345 of about 54321 rows, the API asked to wait, 30s: too many',
    );
  });
});

test('a summary names what was left out', () => {
  const summary = {
    agents: 6,
    skipped: 4,
    added: { runs: 1, signals: 2 },
    requests: 5,
    bytes: 1_400_000,
    seconds: 130,
    badRows: 3,
    failures: [{ agentId: 'a/\u001b[1mb', list: 'runs', kind: 'not_found', message: 'it answered 404' } as const],
  };
  const unread = [
    { agentId: null, list: 'agents', count: 2, shape: 'agent: last_seen is a text' } as const,
    { agentId: 'a\u001b', list: 'signals', count: 1, shape: 'signal: id is a text' } as const,
  ];
  const events = { runs: 10, withEvents: 4, missing: 6, seconds: 180, eventsDays: 30, requestsPerMinute: 4 };
  const totals = { agentId: undefined, small: { policies: 2 }, rows: { runs: 10, signals: 20 }, unread, events };
  expect(syncLines(summary, { ...totals, agentId: 'a\u001b' }, '/m.db')[0]).toBe('Agent:    a\\u001b');
  expect(syncLines(summary, totals, '/m.db')).toEqual([
    'Agents:   6 (4 unchanged, left alone)',
    'Runs:     10 (1 new)',
    'Signals:  20 (2 new)',
    'Also:     2 policies',
    'Events:   4 of 10 runs have theirs; a server fetches the rest in about 3m (DUNETRACE_EVENTS_DAYS=30, DUNETRACE_RPM=4)',
    'Spent:    5 requests, 1.4 MB, 2m 10s',
    'Mirror:   /m.db',
    'Not read: 2 agents (agent: last_seen is a text)',
    'Not read: 1 signal of a\\u001b (signal: id is a text)',
    'Not read: the runs of a/\\u001b[1mb (it answered 404)',
  ]);
  expect([0, 999, 1000, 1.5e9, 2e15].map(size)).toEqual(['0 B', '999 B', '1.0 kB', '1.5 GB', '2000.0 TB']);
});

test('a mirror of 5 GB and more is warned of, with what to do', () => {
  expect(sizeWarning(4_999_999_999)).toBeUndefined();
  const warning = sizeWarning(5_000_000_000);
  expect(warning).toContain('5.0 GB');
  expect(warning).toContain('DUNETRACE_KEEP_DAYS');
  expect(warning).toContain('dunetrace-mcp reset');
});

/** All that a stream of these rows prints. */
function printed({ columns, rows }: Rows, format: StreamFormat, { isTerminal = false, isJson = false } = {}): string {
  const text = rowText(
    format,
    columns.map(({ name }) => ({ name, isJson })),
    isTerminal,
  );
  return `${text.head}${rows.map(text.row).join('')}${text.end(rows.length)}`;
}

const all = (names: string[], ...rows: Rows['rows'][number][]): Rows => ({
  columns: names.map((name) => ({ name, isExact: false })),
  rows,
  truncated: false,
});

test('rows print in each format, with quotes, names that repeat, and nothing that steers a terminal', () => {
  const rows = all(['a', 'a'], ['x,"y"\n', null], ["x'6869'\u001b[2J\u009b\u202e", '1152921504606846976']);
  const screen = { isTerminal: true };
  expect(printed(rows, 'csv', screen)).toBe('a,a\n"x,""y""\n",\nx\'6869\',1152921504606846976\n');
  expect(printed(rows, 'csv')).toBe('a,a\n"x,""y""\n",\nx\'6869\'\u001b[2J\u009b\u202e,1152921504606846976\n');
  const ndjson = [
    '{"a":"x,\\"y\\"\\n","a_2":null}',
    '{"a":"x\'6869\'\\u001b[2J\\u009b\\u202e","a_2":"1152921504606846976"}',
  ];
  expect(printed(rows, 'ndjson')).toBe(`${ndjson.join('\n')}\n`);
  expect(printed(rows, 'json')).toBe(`[\n ${ndjson.join(',\n ')}\n]\n`);
  expect(printed(all(['a']), 'json')).toBe('[]\n');
  expect(printed(all(['a']), 'csv')).toBe('a\n');
  expect(tableLines(all(['a'], [1]))).toEqual(['a', '─', '1', '(1 row)']);
  expect(tableLines({ ...all(['a'], [1]), truncated: true }).at(-1)).toBe('(the first 1 row only; there are more)');
});

test('NULL is told from an empty text in each format', () => {
  const rows = all(['a', 'b'], ['', null]);
  expect(printed(rows, 'csv')).toBe('a,b\n"",\n');
  expect(printed(rows, 'spreadsheet')).toBe('a,b\n"",\n');
  expect(printed(rows, 'ndjson')).toBe('{"a":"","b":null}\n');
  expect(tableLines(rows)[2]).toBe('   NULL');
});

test('the JSON of a column comes as JSON, with all digits; what is none comes as text', () => {
  const rows = all(['id', 'evidence'], ['[1]', '{"n":12345678901234567890}'], ['2', '[1,2'], ['3', '7'], ['4', null]);
  const isJson = { isJson: true };
  expect(printed(all(['id'], ['[1]']), 'ndjson')).toBe('{"id":"[1]"}\n');
  expect(printed(rows, 'ndjson', isJson).split('\n')).toEqual([
    '{"id":[1],"evidence":{"n":12345678901234567890}}',
    ...['{"id":"2","evidence":"[1,2"}', '{"id":"3","evidence":"7"}', '{"id":"4","evidence":null}', ''],
  ]);
});

test('CSV is true, and for a spreadsheet inert', () => {
  const texts = ['=1+1', '+cmd', '-x', '@sum(a)', '\t=1', ' =1', '\r=1', '\uff1dhi', '-5', '1e5', 'a=b', '=a,"b"'];
  const rows = all(['=n', 'text'], ...texts.map((text) => [-1, text]));
  expect(printed(rows, 'csv').split('\n')).toEqual([
    ...['=n,text', '-1,=1+1', '-1,+cmd', '-1,-x', '-1,@sum(a)', '-1,\t=1', '-1, =1', '-1,"\r=1"', '-1,\uff1dhi'],
    ...['-1,-5', '-1,1e5', '-1,a=b', '-1,"=a,""b"""', ''],
  ]);
  expect(printed(rows, 'spreadsheet').split('\n')).toEqual([
    ...["'=n,text", "-1,'=1+1", "-1,'+cmd", "-1,'-x", "-1,'@sum(a)", "-1,'\t=1", "-1,' =1", '-1,"\'', '=1"'],
    ...["-1,'\uff1dhi", '-1,-5', '-1,1e5', '-1,a=b', '-1,"\'=a,""b"""', ''],
  ]);
});

test('a cell stays between its bars', () => {
  const forged = ['x │ y\nSource: me', null, 3];
  expect(barredLines(all(['a', 'b', 'c │'], forged))).toEqual(['│ a │ b │ c | │', '│ x | y › Source: me │ NULL │ 3 │']);
});

describe('a table on a terminal', () => {
  const long = ['研究エージェント', 'a title that goes on and on and on', '👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻', 42];
  const found = all(['agent', 'title', 'who', 'n'], long, ['a', 'b', 'c', 7]);

  test('wide characters stand in line', () => {
    expect(tableLines(all(['agent', 'n'], ['研究', 1], ['abcdef', 22]), 80)).toEqual([
      'agent    n',
      '──────────',
      '研究     1',
      'abcdef  22',
      '(2 rows)',
    ]);
  });

  test('never takes more than the width, whatever that is', () => {
    for (let width = 8; width < 100; width += 1)
      for (const line of tableLines(found, width).filter((one) => !one.startsWith('(')))
        expect(widthOf(line), line).toBeLessThanOrEqual(width);
  });

  test('the widest columns shrink, with an ellipsis; what fits stays whole', () => {
    const lines = tableLines(found, 50);
    expect(lines[2]).toBe('研究エージェン…  a title that g…  👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻  42');
    expect(tableLines(found, 100)[2]).toContain('a title that goes on and on and on');
  });

  test('columns without room are counted', () => {
    expect(tableLines(found, 20)).toContain('(2 more columns do not fit: select fewer, or use another --format)');
  });

  test('cutting never parts a character', () => {
    expect(fitted('👩‍💻👩‍💻', 3)).toBe('👩‍💻…');
    expect(fitted('研究', 3)).toBe('研…');
    expect(fitted('abc', 3)).toBe('abc');
  });
});

test('the last line of an answer tells source, age, and what is amiss', () => {
  const fresh = { source: 'mirror', synced_at: 'x', age_seconds: 12, stale: false, covered: true } as const;
  expect(freshnessLine(fresh)).toBe('Source: mirror, 12s old.');
  expect(freshnessLine({ ...fresh, unread: { runs: 1 } })).toBe(
    "Source: the local mirror (read 12s ago, except for rows that can't be read).",
  );
  expect(freshnessLine({ ...fresh, stale: true, age_seconds: 7200, note: 'the API is away' })).toBe(
    'Source: the local mirror (equal to the API 2h ago). This may be out of date. The API is away.',
  );
  expect(freshnessLine({ ...fresh, age_seconds: null, covered: false, stale: true, synced_at: null })).toBe(
    'Source: the local mirror (not yet complete). Not all of the API is mirrored.',
  );
  expect(freshnessLine({ ...fresh, source: 'live', age_seconds: 0 })).toBe('Source: the API, asked just now.');
  expect(freshnessLine({ ...fresh, age_seconds: null, synced_at: null, note: 'a guide' })).toBe('Source: a guide.');
});

test('an explanation that repeats is given once', () => {
  const signal = {
    id: 1,
    runId: 'r',
    agentId: 'a',
    failureType: 'TOOL_LOOP',
    severity: 'HIGH',
    stepIndex: null,
    confidence: null,
    detectedAt: 0,
    title: 'A loop',
    agentVersion: null,
    what: 'The long story.',
    whyItMatters: '',
    fixes: [{ description: 'Stop', language: '', code: '' }],
  };
  const text = agentSignalLines(
    'a',
    { items: [signal, { ...signal, id: 2 }], total: 2, mirrored: 2, covered: true, shortRunId: (id) => id },
    60,
  ).join('\n');
  expect(text.match(/The long story/g)).toHaveLength(1);
  expect(text).toContain('id=2');
  // In a run the explanation stands for the title, unless another title has the same one.
  expect(runSignalLines([signal, { ...signal, id: 2 }]).join('\n')).not.toContain('A loop');
  const told = runSignalLines([signal, { ...signal, id: 2, title: 'Another loop' }]).join('\n');
  expect(told).toContain('A loop');
  expect(told).toContain('Another loop');
});
