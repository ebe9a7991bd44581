import { test } from 'vitest';
import type { Change } from '../support/history.ts';
import { tellStory } from '../support/story.ts';

/** Histories that a model once found, or that are too rare for it, against every API that has them. */

const runs = (count: number, signals = 0): Change => ({
  do: 'runs',
  agent: 'a',
  count,
  signals,
  exit: 'run.completed',
});

test.each([1, 2, 3] as const)(
  'a pass ends the walk of one that crashed while runs came in (generation %i)',
  async (generation) => {
    const { pass, change } = await tellStory(25, { generation, isEmpty: true });
    await pass({ during: [{ at: 5, do: 'change', change: runs(17) }], crash: { at: 8, when: 'before' } });
    change(runs(14));
    await pass();
  },
);
