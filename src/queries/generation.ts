import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { apiState } from '../db/process-tables.ts';

const stored = prepared((db) => db.select({ generation: apiState.generation }).from(apiState).limit(1).prepare());

/** Whether the backend is of generation 3, as far as the mirror knows (`src/sync/generation.ts`). */
export const isGeneration3 = (reader: Reader): boolean => stored(reader).get()?.generation === 3;
