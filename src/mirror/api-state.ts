import type { Mirror } from '../db/open.ts';
import { apiState } from '../db/process-tables.ts';

export type ApiState = typeof apiState.$inferSelect;

/** What the processes on one file tell each other of the API: see the table. */
export interface ApiStateStore {
  read(): ApiState | undefined;
  save(change: Partial<Omit<ApiState, 'id'>>): void;
}

export function createApiStateStore({ db }: Mirror): ApiStateStore {
  const row = db.select().from(apiState).prepare();
  return {
    read: () => row.get(),
    save: (change) => {
      db.insert(apiState)
        .values({ id: 1, ...change })
        .onConflictDoUpdate({ target: apiState.id, set: change })
        .run();
    },
  };
}
