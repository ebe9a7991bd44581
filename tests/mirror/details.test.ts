import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createDetailStore } from '../../src/mirror/details.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

const planShape = z.array(z.object({ detail: z.string() }));

test('what is left to fetch is found through indexes, and comes sorted: however many runs there are, none is scanned', () => {
  const { mirror } = createTempMirror(createFakeClock());
  const prepared = vi.spyOn(mirror.sqlite, 'prepare');
  createDetailStore(mirror);
  const plans = prepared.mock.calls.map(([text]) =>
    planShape
      .parse(
        mirror.sqlite.prepare(`explain query plan ${text}`).all(
          ...text
            .replace(/[^?]/g, '')
            .split('')
            .map(() => null),
        ),
      )
      .map(({ detail }) => detail),
  );
  expect(plans).toEqual([
    ['SEARCH runs USING INDEX runs_without_detail (has_signals=? AND started_at>?)'],
    ['SEARCH runs USING INDEX runs_agent_started (agent=? AND started_at>? AND started_at<?)'],
    ['SEARCH runs USING INDEX runs_run_id_unique (run_id=?)'],
  ]);
});
