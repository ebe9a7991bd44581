import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { createTurns, type Release } from '../../src/guarded-sql/turns.ts';

/** Turns, and who has had one, in their order; `release` ends the oldest of a caller. */
function watched(options: Parameters<typeof createTurns>[0]) {
  const turns = createTurns(options);
  const callers = new Map<string, object>();
  const callerOf = (name: string) => {
    const caller = callers.get(name) ?? { name };
    callers.set(name, caller);
    return caller;
  };
  const begun: string[] = [];
  const leaves: [string, Release][] = [];
  const take = (name: string, signal = new AbortController().signal) =>
    turns.take(callerOf(name), signal).then((release) => {
      begun.push(name);
      leaves.push([name, release]);
    });
  const settle = () => new Promise(setImmediate);
  return {
    begun,
    take,
    takeNow: (name: string) => turns.takeNow(callerOf(name)),
    settle,
    release: async (name: string) => {
      const [[, end] = []] = leaves.splice(
        leaves.findIndex(([of]) => of === name),
        1,
      );
      end?.();
      await settle();
    },
  };
}

describe('turns', () => {
  test('no caller has more than its share, and the rest is for others at once', async () => {
    const { begun, take, takeNow, settle } = watched({ places: 3, share: 2, line: 9 });
    for (let n = 0; n < 5; n += 1) void take('a');
    await settle();
    expect(begun).toEqual(['a', 'a']);
    expect(takeNow('a')).toBeUndefined();
    await take('b');
    expect(begun).toEqual(['a', 'a', 'b']);
    expect(takeNow('c')).toBeUndefined();
  });

  test('the next is for who has the fewest, then for who has had none for longest', async () => {
    const { begun, take, settle, release } = watched({ places: 2, share: 2, line: 9 });
    for (const name of ['a', 'a', 'a', 'a', 'b', 'b', 'c']) void take(name);
    await settle();
    await release('a');
    expect(begun).toEqual(['a', 'a', 'b']);
    await release('a');
    expect(begun).toEqual(['a', 'a', 'b', 'c']);
    await release('c');
    expect(begun).toEqual(['a', 'a', 'b', 'c', 'a']);
    await release('b');
    expect(begun).toEqual(['a', 'a', 'b', 'c', 'a', 'b']);
    await release('b');
    expect(begun).toEqual(['a', 'a', 'b', 'c', 'a', 'b', 'a']);
  });

  test('who goes away leaves the line, and costs nobody a turn', async () => {
    const { begun, take, settle, release } = watched({ places: 1, share: 1, line: 1 });
    await take('a');
    const gone = new AbortController();
    const asked = take('b', gone.signal);
    gone.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    await expect(take('b', gone.signal)).rejects.toThrow('gone');
    void take('b');
    await settle();
    await release('a');
    expect(begun).toEqual(['a', 'b']);
    await release('b');
    await take('a');
  });

  test('a full line is told, of one caller and of all', async () => {
    const { begun, take, settle } = watched({ places: 1, share: 1, line: 2 });
    for (let n = 0; n < 3; n += 1) void take('a');
    await settle();
    await expect(take('a')).rejects.toThrow(UsageError);
    await expect(take('a')).rejects.toThrow('2 statements are waiting already');
    for (let n = 0; n < 14; n += 1) void take(`b${n}`);
    await settle();
    await expect(take('c')).rejects.toThrow('16 statements of other clients are waiting');
    expect(begun).toEqual(['a']);
  });
});
