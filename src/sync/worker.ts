import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { readConfig, type Surroundings } from '../config.ts';
import { ApiError, MirrorError, messageOf } from '../errors.ts';
import { stderrLog } from '../log.ts';
import { type FromSyncer, type Trouble, toSyncer, type Want } from './messages.ts';
import { createPoller } from './poller.ts';
import { openSyncer, type Syncer } from './syncer.ts';

/** The syncer's thread: the client, the poller, and every write of the mirror. */

/** What a waiting user asks for goes before the poller's own work. */
const livePriority = 10;

function troubleOf(error: unknown): Trouble {
  const kind = error instanceof ApiError || error instanceof MirrorError ? error.kind : 'bug';
  return { kind, message: messageOf(error) };
}

async function answer(syncer: Syncer, want: Want, signal: AbortSignal): Promise<void> {
  const options = { signal, priority: livePriority };
  if (want.of === 'fleet') await syncer.fleet(options);
  else if (want.of === 'agent') await syncer.agent(want.id, options);
  else await syncer.run(want.id, options);
}

function start(port: NonNullable<typeof parentPort>, surroundings: Surroundings): void {
  const say = (message: FromSyncer) => port.postMessage(message);
  const deps = {
    clock: systemClock,
    random: Math.random,
    log: stderrLog((line) => process.stderr.write(line)),
    onReopened: () => say({ say: 'opened' }),
  };
  let syncer: Syncer;
  const config = readConfig(surroundings);
  try {
    syncer = openSyncer(config, deps);
  } catch (error) {
    say({ say: 'failed', trouble: troubleOf(error) });
    port.close();
    return;
  }
  say({ say: 'opened' });

  const stop = new AbortController();
  const answering = new Set<Promise<void>>();
  const poller = createPoller({
    ...deps,
    syncer: {
      ...syncer,
      fleet: (options) =>
        syncer.fleet({ ...options, onProgress: ({ rows, rowsTotal }) => say({ say: 'progress', rows, rowsTotal }) }),
    },
    pollMs: config.pollMs,
  });

  port.on('message', (message: unknown) => {
    const heard = toSyncer.parse(message);
    if (heard.say === 'stop') {
      stop.abort();
      return;
    }
    const { ask, want } = heard;
    const answered = answer(syncer, want, stop.signal)
      .then(
        () => say({ say: 'synced', ask }),
        (error: unknown) => say({ say: 'synced', ask, trouble: troubleOf(error) }),
      )
      .finally(() => answering.delete(answered));
    answering.add(answered);
  });

  const life = async () => {
    try {
      await poller.run(stop.signal);
    } catch (error) {
      say({ say: 'failed', trouble: troubleOf(error) });
    }
    await Promise.allSettled(answering);
    await syncer.close();
    port.close();
  };
  void life();
}

if (parentPort) start(parentPort, workerData);
