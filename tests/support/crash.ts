import type { Store } from '../../src/mirror/store.ts';

/** What a process that dies does not get to say. */
export class Crash extends Error {}

/** The process dies before, inside or after its `at`-th commit. */
export interface CrashAt {
  at: number;
  when: 'before' | 'inside' | 'after';
}

/** The store of a process that dies. */
export function crashing(store: Store, crash: CrashAt | undefined): Store {
  let commits = 0;
  return {
    ...store,
    write: (work) => {
      commits += 1;
      if (commits !== crash?.at) return store.write(work);
      if (crash.when === 'before') throw new Crash();
      const result = store.write(() => {
        const done = work();
        if (crash.when === 'inside') throw new Crash();
        return done;
      });
      if (crash.when === 'after') throw new Crash();
      return result;
    },
  };
}
