import { ApiError } from '../errors.ts';
import type { Pass } from './pass-state.ts';

/** How long it is believed which generation the backend is of: another version may replace it. */
const believedSeconds = 86_400;
const path = '/v1/runs';

/**
 * Finds out of which generation the backend is, with one small request at the first pass, then one a day and at each whole
 * one. The lists of the whole organisation tell: analytics endpoints may each be missing on their own. What fails otherwise than as an
 * unknown path says nothing, and leaves what is known.
 */
export async function learnGeneration({ deps, options, beganAt, signal }: Pass): Promise<void> {
  const { store, client } = deps;
  const known = store.apiState.read();
  const age = beganAt - (known?.generationAt ?? Number.NEGATIVE_INFINITY);
  if (age >= 0 && age < believedSeconds && options.full !== true) return;
  if (options.isStopping?.()) return;
  const generation = await client.get(path, { limit: '1' }, { signal, priority: options.priority ?? 0, tries: 1 }).then(
    (answer) => (isPage(answer) ? 3 : undefined),
    (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      return error.kind === 'not_found' ? 1 : undefined;
    },
  );
  if (generation === undefined) return;
  store.write(() => {
    store.apiState.save({ generation, generationAt: beganAt });
    if (generation !== known?.generation) store.noteChange();
  });
}

const isPage = (answer: unknown) =>
  typeof answer === 'object' && answer !== null && 'runs' in answer && Array.isArray(answer.runs);
