import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { apiState } from '../db/process-tables.ts';

const stored = prepared((db) => db.select({ generation: apiState.generation }).from(apiState).limit(1).prepare());

/** The generation of the backend; null: not known yet. Source: `src/sync/generation.ts`. */
export const generationOf = (reader: Reader): number | null => stored(reader).get()?.generation ?? null;

/** Whether the backend is of generation 3, as far as the mirror knows (`src/sync/generation.ts`). */
export const isGeneration3 = (reader: Reader): boolean => generationOf(reader) === 3;
