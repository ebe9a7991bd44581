import { once } from 'node:events';
import { makePlaceBeside } from '../db/temporary.ts';
import { packageRoot } from '../package-root.ts';

/** A copy of a mirror, as it is handed over. */
export interface MirrorCopy {
  readonly file: string;
  remove(): void;
}

/**
 * Copies the mirror at `mirror` in a thread of its own, into a folder beside it that only this user can enter.
 * @throws the signal's reason when it aborts, else why it can't be copied; nothing is left of the copy then.
 */
export async function makeCopy(mirror: string, signal: AbortSignal): Promise<MirrorCopy> {
  signal.throwIfAborted();
  const place = makePlaceBeside(mirror);
  // Not loaded earlier: most servers never hand a mirror over.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  let worker: InstanceType<typeof Worker> | undefined;
  const end = () => void worker?.terminate();
  try {
    worker = new Worker(new URL('dist/copy-thread.js', packageRoot), { workerData: { mirror, target: place.file } });
    signal.addEventListener('abort', end);
    await once(worker, 'exit');
    signal.throwIfAborted();
    return place;
  } catch (error) {
    // An error of the thread comes before its end.
    await worker?.terminate();
    place.remove();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}
