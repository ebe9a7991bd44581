import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { readConfig, type Surroundings } from '../config.ts';
import { ApiError, LeftOutError, MirrorError, messageOf, StoppedError, UsageError } from '../errors.ts';
import { openLog } from '../log.ts';
import { type FromSyncer, type HomeState, type ToSyncer, type Trouble, toSyncer } from './messages.ts';
import { createPoller, type Poller } from './poller.ts';
import { FullError } from './quota.ts';
import { openSyncer, type Syncer, type SyncerDeps } from './syncer.ts';
import type { Progress } from './tally.ts';

/** The syncer's thread: the client, the poller, and every write of the mirror. */

/** Requests of a waiting user go before the poller's own work. */
const livePriority = 10;
/** Pages that a poll may spend on walking lists whole for their age: a long list takes several polls. */
const idlePages = 10;

function troubleOf(error: unknown): Trouble {
  // A caller that asks for what the API does not list has mistyped, or asks for something that is gone.
  if (error instanceof UsageError) return { kind: 'not_found', message: error.message };
  if (error instanceof LeftOutError) return { kind: 'left_out', message: error.message };
  if (error instanceof FullError) return { kind: 'full', message: error.message };
  const kind = error instanceof ApiError || error instanceof MirrorError ? error.kind : 'bug';
  return { kind, message: messageOf(error) };
}

type Ask = Extract<ToSyncer, { say: 'sync' }>;

type OnProgress = (progress: Progress) => void;

async function answer(syncer: Syncer, { want, newPass }: Ask, signal: AbortSignal, onProgress: OnProgress) {
  if (newPass) await syncer.awaitLock(signal);
  // A caller that refreshes the mirror wants the unreadable rows, too.
  const options = { signal, priority: livePriority, idlePages: 0, rereads: newPass, newPass, onProgress };
  if (want.of === 'fleet') return syncer.fleet(options);
  if (want.of === 'agent') return syncer.agent(want.id, options);
  if (want.of === 'records') await syncer.records(want.list, want.owner, { signal, priority: livePriority });
  else await syncer.run(want.id, { signal, priority: livePriority });
  return undefined;
}

interface Serving {
  syncer: Syncer;
  say(message: FromSyncer): void;
  stop: AbortController;
  answering: Set<Promise<void>>;
  /** By the number of the ask; aborted when no caller waits for the answer any more. */
  leaving: Map<number, AbortController>;
}

function start(port: NonNullable<typeof parentPort>, surroundings: Surroundings): void {
  const say = (message: FromSyncer) => port.postMessage(message);
  const config = readConfig(surroundings);
  let syncer: Syncer;
  let deps: SyncerDeps;
  try {
    deps = {
      clock: systemClock,
      random: Math.random,
      log: openLog(config.log, { write: (line) => process.stderr.write(line), clock: systemClock, pid: process.pid }),
      onHome: (state: HomeState, isReopened: boolean) => say({ say: 'home', state, isReopened }),
    };
    syncer = openSyncer(config, deps);
  } catch (error) {
    say({ say: 'failed', trouble: troubleOf(error), isFinal: error instanceof UsageError });
    port.close();
    return;
  }
  const serving: Serving = { syncer, say, stop: new AbortController(), answering: new Set(), leaving: new Map() };
  const fleet: Syncer['fleet'] = (options) =>
    syncer.fleet({ ...options, idlePages, onProgress: (progress) => say({ say: 'progress', ...progress }) });
  const poller = createPoller({ ...deps, syncer: { ...syncer, fleet }, pollMs: config.pollMs });
  // A user who starts a server is about to ask.
  noteCall(syncer, poller);
  port.on('message', (message: unknown) => {
    const heard = toSyncer.parse(message);
    if (heard.say === 'stop') serving.stop.abort();
    else if (heard.say === 'called') noteCall(syncer, poller);
    else if (heard.say === 'leave')
      serving.leaving.get(heard.ask)?.abort(new StoppedError('no question waits for it any more'));
    else if (heard.say === 'look') look(serving, heard);
    else serve(serving, heard);
  });
  void poll(serving, poller).then(() => port.close());
}

/** The next pass fails with an unwritable mirror, too, and reports it. */
function noteCall(syncer: Syncer, poller: Poller): void {
  try {
    syncer.noteCall();
  } catch {
    return;
  }
  poller.wake();
}

function look({ syncer, say }: Serving, { ask, damaged }: Extract<ToSyncer, { say: 'look' }>): void {
  try {
    syncer.look(damaged);
    say({ say: 'synced', ask });
  } catch (error) {
    say({ say: 'synced', ask, trouble: troubleOf(error) });
  }
}

function serve({ syncer, say, stop, answering, leaving }: Serving, asked: Ask): void {
  const { ask, newPass } = asked;
  const leave = new AbortController();
  leaving.set(ask, leave);
  const onProgress: OnProgress = (progress) => say({ say: 'progress', ...progress, ...(newPass ? { ask } : {}) });
  const answered = answer(syncer, asked, AbortSignal.any([stop.signal, leave.signal]), onProgress)
    .then(
      (passed) => say({ say: 'synced', ask, ...(passed ? { passed } : {}) }),
      (error: unknown) => say({ say: 'synced', ask, trouble: troubleOf(error) }),
    )
    .finally(() => {
      leaving.delete(ask);
      answering.delete(answered);
    });
  answering.add(answered);
}

/** Polls until the thread must stop, then closes the mirror once the last answers are out. */
async function poll({ syncer, say, stop, answering }: Serving, poller: Poller): Promise<void> {
  try {
    await poller.run(stop.signal);
  } catch (error) {
    say({ say: 'failed', trouble: troubleOf(error), isFinal: false });
  }
  await Promise.allSettled(answering);
  await syncer.close();
}

if (parentPort) start(parentPort, workerData);
