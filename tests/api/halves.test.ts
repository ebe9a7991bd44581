import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Ask, inHalves } from '../../src/api/halves.ts';
import { ApiError } from '../../src/errors.ts';

/** A list of numbers that fails wherever one of `poison` is asked for. */
function listOf(total: number, poison: readonly number[], kind: 'server_error' | 'bad_answer' = 'server_error') {
  const asked: { offset: number; limit: number; asksForLess: boolean }[] = [];
  const ask: Ask<number | string> = async (slice) => {
    asked.push(slice);
    const { offset, limit } = slice;
    if (poison.some((place) => place >= offset && place < offset + limit)) throw new ApiError(kind, 'it fails');
    const rows = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, n) => offset + n);
    return { rows, total, hasMore: offset + rows.length < total };
  };
  return { asked, ask };
}

const lost = ({ kind }: ApiError) => kind;

test.each(['server_error', 'bad_answer'] as const)(
  'a row that a page fails at (%s) is found without patience, and the rest of the page is had',
  async (kind) => {
    const { ask, asked } = listOf(1000, [333], kind);
    const page = await inHalves(ask, { offset: 0, limit: 500 }, lost);
    expect(page.rows).toEqual(Array.from({ length: 500 }, (_, n) => (n === 333 ? kind : n)));
    expect(page).toMatchObject({ total: 1000, hasMore: true });
    expect(asked.every(({ asksForLess }) => asksForLess)).toBe(true);
    expect(asked.length).toBeLessThan(25);
  },
);

test('any few rows that a page fails at stand in their places, wherever the list ends', async () => {
  const places = fc.uniqueArray(fc.nat(59), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60 }),
      fc.nat(30),
      fc.integer({ min: 2, max: 40 }),
      places,
      async (total, offset, limit, found) => {
        const poison = found.filter((place) => place < total);
        fc.pre(!(poison.includes(offset) && poison.includes(offset + Math.floor(limit / 2))));
        const page = await inHalves(listOf(total, poison).ask, { offset, limit }, lost);
        const end = Math.max(offset, Math.min(total, offset + limit));
        expect(page).toEqual({
          rows: Array.from({ length: end - offset }, (_, n) =>
            poison.includes(offset + n) ? 'server_error' : offset + n,
          ),
          total,
          hasMore: end < total,
        });
      },
    ),
  );
});

test('an API that fails at everything is asked for single rows twice, and then with patience', async () => {
  const everything = Array.from({ length: 600 }, (_, n) => n);
  const { ask, asked } = listOf(600, everything);
  await expect(inHalves(ask, { offset: 0, limit: 500 }, lost)).rejects.toThrow('it fails');
  expect(asked.map(({ offset, limit, asksForLess }) => [offset, limit, asksForLess])).toEqual([
    [0, 500, true],
    [0, 1, true],
    [250, 1, true],
    [0, 500, false],
  ]);
  const garbage = listOf(600, everything, 'bad_answer');
  await expect(inHalves(garbage.ask, { offset: 0, limit: 500 }, lost)).rejects.toThrow('it fails');
  expect(garbage.asked).toHaveLength(3);
});

test('a page with too many of such rows is given up', async () => {
  const { ask, asked } = listOf(
    600,
    Array.from({ length: 249 }, (_, n) => n + 1),
  );
  await expect(inHalves(ask, { offset: 0, limit: 500 }, lost)).rejects.toThrow('it fails');
  expect(asked.length).toBeLessThan(150);
});
