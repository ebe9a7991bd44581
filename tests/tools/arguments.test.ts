import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../src/errors.ts';
import { nearest } from '../../src/nearest.ts';
import { clampDays, clampLimit } from '../../src/tools/arguments.ts';
import { decodeCursor, encodeCursor } from '../../src/tools/cursor.ts';
import { outputJsonSchema } from '../../src/tools/json-schema.ts';
import { tools } from '../../src/tools/registry.ts';
import { runIdIn } from '../../src/tools/run-reference.ts';
import { evidenceBounds, shorten } from '../../src/tools/shorten.ts';

describe('cursors', () => {
  const question = ['search_signals', 'HIGH', undefined, { a: 1 }];

  test('lead back to where a page ended', () => {
    fc.assert(
      fc.property(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), fc.string(), (time, id) => {
        const [backTime, backId] = decodeCursor(encodeCursor(question, [time, id]), question, z.string()) ?? [];
        expect([backTime === null ? null : Number(backTime), backId]).toEqual([time === null ? null : time + 0, id]);
      }),
    );
    expect(decodeCursor(undefined, question, z.string())).toBe(undefined);
  });

  test('of another question, or made up, are refused with the way on', () => {
    const cursor = encodeCursor(question, [1, 2]);
    expect(() => decodeCursor(cursor, ['search_signals', 'LOW'], z.number())).toThrow(
      'Invalid cursor: it belongs to another question. Pass it with the same other arguments, or leave it out.',
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor(text, question, z.number())).toThrow(UsageError);
      }),
    );
  });
});

test.each([
  [20, 20, []],
  [0, 1, ['limit 0 is out of range; 1 was used, the maximum is 100']],
  [-5, 1, ['limit -5 is out of range; 1 was used, the maximum is 100']],
  [1e300, 100, ['limit 1e+300 is out of range; 100 was used, the maximum is 100']],
])('a limit of %d is %d', (given, limit, notes) => expect(clampLimit(given, 100)).toEqual({ limit, notes }));

test.each([
  [1, 1, []],
  [90, 90, []],
  [0, 1, ['days 0 is out of range; 1 was used, the range is 1 to 90']],
  [365, 90, ['days 365 is out of range; 90 was used, the range is 1 to 90']],
])('%d days are %d', (given, days, notes) => expect(clampDays(given)).toEqual({ days, notes }));

describe('the nearest names', () => {
  const agents = ['research-agent', 'billing-agent', 'support-bot'];
  test('are those with the fewest edits, in any case', () => {
    expect(nearest('RESAERCH-agent', agents, 2)).toEqual(['research-agent']);
    expect(nearest('agent', ['b-agent', 'a-agent', 'agent'], 2)).toEqual(['agent', 'b-agent']);
    expect(nearest('x', [], 3)).toEqual([]);
  });
  test('are only those of which half is right', () => {
    expect(nearest('suport-bot', agents, 3)).toEqual(['support-bot']);
    expect(nearest('zzzzzzzzzzzz', agents, 3)).toEqual([]);
  });
  test('take no longer for a very long name', () => {
    expect(nearest('a'.repeat(1_000_000), [...agents, 'a'.repeat(150)], 3)).toEqual(['a'.repeat(150)]);
  });
});

test.each([
  ['019e217d-bd24-7d72-a8be-4715c2dcf385', '019e217d-bd24-7d72-a8be-4715c2dcf385'],
  ['  run-1\n', 'run-1'],
  ['http://localhost:3000/runs/019e217d-bd24', '019e217d-bd24'],
  ['https://dunetrace.example/app/runs/a%20b?tab=events#top', 'a b'],
  ['localhost:3000/runs/abc/', 'abc'],
  ['<https://host/runs/abc|View Run>', 'abc'],
  ['019e217d-bd2…', '019e217d-bd2'],
  ['019e217d-bd2...', '019e217d-bd2'],
  ['http://host/runs/%zz', '%zz'],
])('the run in %j is %j', (reference, id) => expect(runIdIn(reference)).toBe(id));

test('a URL of something else is no run', () => {
  expect(() => runIdIn('http://localhost:3000/agents/x')).toThrow('run_id is a URL, but not the URL of a run');
});

test('evidence is whole while it is short; of what is long the beginning is kept', () => {
  const short = { hashes: Array.from({ length: 100 }, (_, n) => n) };
  expect(shorten(short, evidenceBounds)).toEqual(short);
  const long = { hashes: Array.from({ length: 5000 }, (_, n) => n), deep: { text: 'x'.repeat(9000) }, ok: true };
  expect(shorten(long, evidenceBounds)).toEqual({
    hashes: [...Array.from({ length: 20 }, (_, n) => n), '…+4980 more'],
    deep: { text: `${'x'.repeat(499)}…` },
    ok: true,
  });
});

test("a tool's outputs are listed flat, with their types alone", () => {
  const shape = z.object({
    items: z.array(z.object({ id: z.number() })),
    rows: z.array(z.array(z.string().nullable())),
    score: z.number().nullable(),
    next: z.string().optional(),
    of: z.enum(['a', 'b']),
  });
  expect(outputJsonSchema(shape)).toEqual({
    type: 'object',
    properties: {
      items: { type: 'array', items: { type: 'object' } },
      rows: { type: 'array', items: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } } },
      score: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      next: { type: 'string' },
      of: { type: 'string' },
    },
    required: ['freshness'],
  });
});

describe('every tool', () => {
  test.each(tools.map((tool) => [tool.name, tool] as const))('%s', (name, tool) => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(tool.title.length).toBeGreaterThan(5);
    expect(tool.description).toMatch(/[.]$/);
    // When another tool is better.
    const others = tools.filter((other) => other !== tool && tool.description.includes(other.name));
    expect(others.length, tool.description).toBeGreaterThan(0);
    expect(tool.inputSchema).toMatchObject({ type: 'object', properties: expect.any(Object) });
    expect(tool.outputSchema.required).toContain('freshness');
    for (const [argument, schema] of Object.entries(tool.inputSchema.properties ?? {}))
      expect(schema, argument).toMatchObject({ description: expect.any(String) });
    expect(JSON.stringify(tool)).not.toContain('$ref');
  });
});
