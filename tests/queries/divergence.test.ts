import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstDivergence, type Relation } from '../../src/queries/divergence.ts';

const timeline = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 });

const turned: Record<Relation, Relation> = {
  same: 'same',
  parted: 'parted',
  first_is_beginning: 'second_is_beginning',
  second_is_beginning: 'first_is_beginning',
};

test('a timeline never parts from itself', () => {
  fc.assert(
    fc.property(timeline, (events) => {
      expect(firstDivergence(events, [...events])).toEqual({ relation: 'same', common: events.length });
    }),
  );
});

test('from the other side it is the same parting', () => {
  fc.assert(
    fc.property(timeline, timeline, (first, second) => {
      const { relation, common } = firstDivergence(first, second);
      expect(firstDivergence(second, first)).toEqual({ relation: turned[relation], common });
    }),
  );
});

test('a beginning ends where it ends', () => {
  fc.assert(
    fc.property(timeline, fc.array(fc.constantFrom('a', 'b'), { minLength: 1 }), (events, more) => {
      expect(firstDivergence(events, [...events, ...more])).toEqual({
        relation: 'first_is_beginning',
        common: events.length,
      });
    }),
  );
});

test('timelines part at the first event that differs, and nowhere before', () => {
  fc.assert(
    fc.property(timeline, timeline, timeline, (start, one, other) => {
      const first = [...start, 'x', ...one];
      const second = [...start, 'y', ...other];
      expect(firstDivergence(first, second)).toEqual({ relation: 'parted', common: start.length });
    }),
  );
});
