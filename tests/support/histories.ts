import fc from 'fast-check';
import type { CrashAt } from './crash.ts';
import { type Change, changes, type Kind, neverSettled } from './history.ts';

/** Random histories of a Customer API, and of the passes over it. Printed as they are, they read as a story. */

/** What happens at the `at`-th request of a pass, before it is answered. */
export type Incident = { at: number } & (
  | Change
  | { do: 'abort' }
  /** Another process begins a pass over the same file. */
  | { do: 'second pass'; full: boolean }
);

export interface PassStep {
  do: 'pass';
  full: boolean;
  settleSeconds: number;
  lanes: number;
  /** A poll: it may begin to walk lists for their age, and spend so many pages on it. */
  idlePages?: number;
  during: Incident[];
  crash?: CrashAt;
}

export type Step = Change | { do: 'wait'; seconds: number } | PassStep;

export interface History {
  generation: 1 | 2;
  pageSize: number;
  steps: Step[];
}

/** A pass that goes well, or one that things happen to. */
function passes(kind: Kind): fc.Arbitrary<PassStep> {
  const request = fc.oneof(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 30 }));
  const change = fc.tuple(request, changes(kind)).map(([n, what]) => ({ at: n, ...what }));
  const abort = fc.record({ at: request, do: fc.constant('abort' as const) });
  const second = fc.record({ at: request, do: fc.constant('second pass' as const), full: fc.boolean() });
  const incident = fc.oneof(
    { arbitrary: change, weight: 3 },
    { arbitrary: abort, weight: 2 },
    { arbitrary: second, weight: 1 },
  );
  const when = fc.constantFrom('before' as const, 'inside' as const, 'after' as const);
  return fc.record(
    {
      do: fc.constant('pass' as const),
      full: fc.constantFrom(false, false, false, true),
      settleSeconds: fc.constantFrom(neverSettled, neverSettled, 300, 0),
      lanes: fc.constantFrom(1, 1, 3),
      idlePages: fc.constantFrom(0, 2, 5),
      during: fc.oneof(fc.array(incident, { maxLength: 0 }), fc.array(incident, { minLength: 1, maxLength: 3 })),
      crash: fc.record({ at: request, when }),
    },
    { requiredKeys: ['do', 'full', 'settleSeconds', 'lanes', 'during'] },
  );
}

export function histories(kind: Kind): fc.Arbitrary<History> {
  const wait = fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(10, 400, 100_000) });
  const change = fc.oneof({ arbitrary: changes(kind), weight: 8 }, { arbitrary: wait, weight: 1 });
  const chapter = fc
    .tuple(fc.array(change, { minLength: 1, maxLength: 3 }), passes(kind))
    .map(([before, pass]): Step[] => [...before, pass]);
  return fc.record({
    generation: fc.constantFrom(2 as const, 1 as const),
    pageSize: fc.constantFrom(15, 14, 13),
    steps: fc.array(chapter, { minLength: 1, maxLength: 4, size: 'max' }).map((chapters) => chapters.flat()),
  });
}
