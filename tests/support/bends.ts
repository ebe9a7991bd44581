import fc from 'fast-check';
import { z } from 'zod';
import { wireAgent } from '../../src/lists/agents.ts';
import { wireRun } from '../../src/lists/runs.ts';
import { wireSignal } from '../../src/lists/signals.ts';

/**
 * Answers of the Customer API that are not what they should be, in one place or several: the wrong type, null, too much,
 * too deep, at any field of any list, or in the body as a whole.
 */

const rowLists = ['agents', 'runs', 'signals'] as const;
export type BentList = (typeof rowLists)[number];

/** Where a body is bent; `row` counts from the top, and the last stands for all that are further down. */
type Place =
  | { in: 'row'; list: BentList; row: number; field: string }
  | { in: 'page'; list: BentList; field: 'total' | 'offset' | 'limit' | 'has_more' }
  | { in: 'body'; list: BentList }
  | { in: 'rows'; list: BentList };

/** What is sent there, as it is written: JSON, or no JSON at all. */
export type Bend = Place & { text: string };

const fields: Record<BentList, readonly string[]> = {
  agents: Object.keys(wireAgent.shape),
  runs: Object.keys(wireRun.shape),
  signals: Object.keys(wireSignal.shape),
};

/**
 * Fields that tell rows apart: with another value that can be read, the row is another one, and the API lost the one that
 * was there. That is no fault of the answer, and so not bent here.
 */
const identity: Record<BentList, Record<string, z.ZodType>> = {
  agents: { agent_id: wireAgent.shape.agent_id },
  // An end that a run had, and has not any more, is one that upstream dropped for its age.
  runs: { run_id: wireRun.shape.run_id, completed_at: wireSignal.shape.detected_at },
  signals: {
    id: wireSignal.shape.id,
    run_id: wireSignal.shape.run_id,
    detected_at: wireSignal.shape.detected_at,
  },
};

const deep = (levels: number, open: string, close: string) => `${open.repeat(levels)}1${close.repeat(levels)}`;
const text = (value: string) => JSON.stringify(value);

const oddities: readonly string[] = [
  ...['null', 'true', 'false', '0', '-1', '-0', '0.5', '1e999', '-1e999', '1e-400', '9007199254740993', '1e15'],
  ...['12345678901234567890123456789', '1780000000000', '4102444800', '[]', '{}', '[[]]', '{"":{}}', '[null]'],
  ...['""', '" "', '"7"', '"007"', '"1e3"', '"null"', '"true"', '"2026-05-28T20:26:40Z"', '"\\u0000"', '"\\ud800"'],
  ...['"\\udfff x"', '{"__proto__":{"a":1}}', '{"constructor":null}', '{"toString":1}', '[1,"a",null,{},[[]]]'],
  ...['"\\u202e"', '"\\u001b[2J"', '"```\\nSource: x"', '"a\\nNext: y"', '{"a":1,"a":2}', '{"\\ud800":"\\ud800"}'],
  text(' '.repeat(50_000)),
  text(`a\n${' '.repeat(50_000)}b`),
  text('x'.repeat(300_000)),
  text('💥'.repeat(40_000)),
  text('line\n'.repeat(50_000)),
  JSON.stringify(Array.from({ length: 5000 }, (_, n) => n)),
  JSON.stringify(
    Array.from({ length: 500 }, (_, n) => ({ description: 'd'.repeat(500), language: 'python', code: `c${n}` })),
  ),
  JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`TYPE_${n}`, n]))),
  deep(99, '[', ']'),
  deep(101, '{"a":', '}'),
  deep(5000, '[', ']'),
  deep(20_000, '{"a":', '}'),
];

const values = fc.oneof(
  { arbitrary: fc.constantFrom(...oddities), weight: 4 },
  { arbitrary: fc.json({ maxDepth: 3 }), weight: 1 },
);

const bodies = fc.constantFrom(
  ...['', ' ', 'null', '[]', '{}', '"x"', '0', '{"page":{}}', '{"agents":{},"runs":{},"signals":{},"page":null}'],
  ...[
    '<!doctype html><html></html>',
    '{"agents":[',
    '\ufeff{}',
    '\u0000',
    deep(20_000, '[', ']'),
    '{"detail":"Not Found"}',
  ],
);

/** What becomes of the rows of a page. */
const rowsTexts = ['null', '{}', '"rows"', '[null]', '[[]]', '[{}]', '[{},{},{},{}]', `[${'{},'.repeat(2000)}{}]`];

const list = fc.constantFrom(...rowLists);
const inRow: fc.Arbitrary<Place> = list.chain((of) =>
  fc.record({
    in: fc.constant('row' as const),
    list: fc.constant(of),
    row: fc.nat(3),
    field: fc.constantFrom(...fields[of]),
  }),
);
const inPage: fc.Arbitrary<Place> = fc.record({
  in: fc.constant('page' as const),
  list,
  field: fc.constantFrom('total' as const, 'offset' as const, 'limit' as const, 'has_more' as const),
});
/** What a page tells of itself may be wrong by little. */
const few = fc.nat(9).map(String);
const bendAt = (place: fc.Arbitrary<Place>, sent: fc.Arbitrary<string>) =>
  fc.tuple(place, sent).map(([where, text]): Bend => ({ ...where, text }));

export const bend: fc.Arbitrary<Bend> = fc.oneof(
  { arbitrary: bendAt(inRow, values), weight: 12 },
  { arbitrary: bendAt(inPage, fc.oneof(values, few)), weight: 2 },
  { arbitrary: fc.record({ in: fc.constant('body' as const), list, text: bodies }), weight: 1 },
  { arbitrary: fc.record({ in: fc.constant('rows' as const), list, text: fc.constantFrom(...rowsTexts) }), weight: 1 },
);

const bodyShape = z.looseObject({ page: z.looseObject({}) });
const rowsShape = z.array(z.looseObject({}));

/** Whether the row would be another one. */
function isOther(of: BentList, field: string, sent: string): boolean {
  const schema = identity[of][field];
  if (schema === undefined) return false;
  try {
    return schema.safeParse(JSON.parse(sent)).success;
  } catch {
    return false;
  }
}

/** The body as it is sent; undefined: nothing of it is bent. */
export function bent(body: unknown, bends: readonly Bend[]): string | undefined {
  const page = bodyShape.safeParse(body);
  const of = rowLists.find((name) => page.success && rowsShape.safeParse(page.data[name]).success);
  const own = bends.filter((one) => one.list === of);
  if (!page.success || of === undefined || own.length === 0) return undefined;
  const texts: string[] = [];
  const mark = (sent: string) => ({ $raw: texts.push(sent) - 1 });
  const rows = rowsShape.parse(page.data[of]).map((row) => ({ ...row }));
  const sent: Record<string, unknown> = { ...page.data, [of]: rows, page: { ...page.data.page } };
  let isBent = false;
  for (const one of own) {
    if (one.in === 'body') return one.text;
    if (one.in === 'rows') sent[of] = mark(one.text);
    else if (one.in === 'page') sent.page = { ...page.data.page, [one.field]: mark(one.text) };
    else if (isOther(of, one.field, one.text)) continue;
    else {
      const row = rows[Math.min(one.row, rows.length - 1)];
      if (!row) continue;
      row[one.field] = mark(one.text);
    }
    isBent = true;
  }
  if (!isBent) return undefined;
  return JSON.stringify(sent).replaceAll(/\{"\$raw":(\d+)\}/g, (_, place: string) => texts[Number(place)] ?? 'null');
}
