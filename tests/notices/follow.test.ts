import { expect, test } from 'vitest';
import { begin, follow } from '../../src/notices/follow.ts';
import { wordsFor } from '../../src/notices/words.ts';
import type { NewsState } from '../../src/queries/news.ts';

const still: NewsState = { syncedAt: 900, trouble: null, topSignalId: 10, signalPasses: 5, isReplacing: false };
const signal = (id: number) => ({ id, agentId: 'a', failureType: 'COST_SPIKE' });

/** A mirror that is looked at once a second from 1000 on; its CRITICAL signals are those of `ids`. */
function watching() {
  let memory = begin(1000);
  let now = 1000;
  return (change: Partial<NewsState> = {}, ids: readonly number[] = []) => {
    now += 1;
    const above = (floor: number) => ids.filter((id) => id > floor).map(signal);
    const followed = follow(memory, { ...still, ...change }, now, above);
    memory = followed.memory;
    return followed.notices.map((notice) =>
      notice.of === 'critical' ? notice.signals.map(({ id }) => id).join() : notice.of,
    );
  };
}

test('trouble is told when it begins, when it is of another kind, and when it is over', () => {
  const look = watching();
  const trouble = (kind: string, at: number) => ({ trouble: { kind, message: kind, at } });
  expect(look(trouble('unreachable', 999))).toEqual([]);
  expect(look(trouble('unreachable', 1001))).toEqual(['away']);
  expect(look(trouble('unreachable', 1002))).toEqual([]);
  expect(look(trouble('unauthorized', 1003))).toEqual(['away']);
  expect(look()).toEqual(['back']);
  expect(look()).toEqual([]);
});

test('old trouble that is over is no news', () => {
  const look = watching();
  expect(look({ trouble: { kind: 'unreachable', message: '', at: 10 } })).toEqual([]);
  expect(look()).toEqual([]);
});

test('signals that were there are no news; those that come are, once, whatever their order', () => {
  const look = watching();
  expect(look({}, [7, 10])).toEqual([]);
  expect(look({ topSignalId: 15, signalPasses: 6 }, [7, 10, 15, 13])).toEqual(['15,13']);
  // Another agent's list was read a moment later, and has a lower id that came in between.
  expect(look({ topSignalId: 15, signalPasses: 7 }, [15, 13, 12])).toEqual(['12']);
  expect(look({ topSignalId: 15, signalPasses: 8, syncedAt: 1003.5 }, [15, 13, 12])).toEqual([]);
  expect(look({ topSignalId: 16, signalPasses: 9, syncedAt: 1004.5 }, [16, 15, 14, 13, 12])).toEqual(['16,14']);
  expect(look({ topSignalId: 16, signalPasses: 10, syncedAt: 1005.5 }, [16, 15, 14, 13, 12])).toEqual([]);
});

test('while no list of signals was brought up to date, nobody looks for new ones', () => {
  const look = watching();
  look();
  expect(look({ topSignalId: 20 }, [20])).toEqual([]);
  expect(look({ topSignalId: 20, signalPasses: 6 }, [20])).toEqual(['20']);
});

test('the first fill is no news, nor is a wiped backend, whose ids start again', () => {
  const look = watching();
  expect(look({ syncedAt: null, topSignalId: 50 }, [50])).toEqual([]);
  expect(look({ syncedAt: null, topSignalId: 90, signalPasses: 6 }, [90, 50])).toEqual([]);
  expect(look({ topSignalId: 90, signalPasses: 7 }, [90, 50])).toEqual([]);
  expect(look({ topSignalId: 91, signalPasses: 8 }, [91, 90])).toEqual(['91']);
  expect(look({ topSignalId: 91, signalPasses: 9, isReplacing: true }, [91, 3])).toEqual([]);
  expect(look({ topSignalId: 3, signalPasses: 10 }, [3])).toEqual([]);
  expect(look({ topSignalId: 4, signalPasses: 11 }, [4, 3])).toEqual(['4']);
  expect(look({ topSignalId: 2, signalPasses: 12 }, [2])).toEqual([]);
  expect(look({ topSignalId: 3, signalPasses: 13 }, [3, 2])).toEqual(['3']);
});

test('in words: many signals are few, and names steer no terminal', () => {
  const many = Array.from({ length: 33 }, (_, index) => ({ ...signal(index), agentId: 'x\u001b[2J\ny' }));
  const words = wordsFor({ of: 'critical', signals: many });
  expect(words?.level).toBe('critical');
  expect(words?.data.message).toMatch(
    /^33 new CRITICAL signals: #0 COST_SPIKE on x\\u001b\[2J\\u000ay; .*; and 13 more\.$/,
  );
  expect(words?.data).toMatchObject({ total: 33, signals: { length: 20 } });
  expect(wordsFor({ of: 'away', sentence: 'It is gone' })?.data.message).toMatch(/^It is gone\. Answers come/);
  expect(wordsFor({ of: 'changed' })).toBe(undefined);
});
