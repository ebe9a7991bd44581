import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openReader } from '../../src/db/open.ts';
import { openSyncer, type Syncer } from '../../src/sync/syncer.ts';
import type { Generation, SampleRun, SignalSpec } from './customer-api/backend.ts';
import { createFakeClock } from './fake-clock.ts';
import { startFakeCustomerApi } from './fake-customer-api.ts';
import { createPlace } from './program.ts';

export const day = 86_400;
const leaseSeconds = 30;

export interface LaneOptions {
  generation?: Generation;
  env?: Record<string, string>;
}

/** A Customer API, a mirror, and a syncer between them whose low-priority lane can be called. */
export async function setUpLane({ generation = 2, env = {} }: LaneOptions = {}) {
  const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
  const api = await startFakeCustomerApi({ clock, generation });
  const place = createPlace(api.url, { DUNETRACE_EVENTS_DAYS: '30', DUNETRACE_RPM: '100000', ...env });
  const config = readConfig({ env: place.env, platform: 'linux', homeDir: place.folder });
  const warnings: string[] = [];
  const open = (): Syncer => {
    const log = { info: () => {}, warn: (text: string) => void warnings.push(text) };
    const syncer = openSyncer(config, { clock, random: () => 0.5, log });
    onTestFinished(() => syncer.close());
    return syncer;
  };
  const syncer = open();
  const never = new AbortController().signal;
  const catchUp = (options: { signal?: AbortSignal; ending?: AbortSignal } = {}, by: Syncer = syncer) => {
    // Only the poller works off the lane; whoever had the lease before is gone.
    clock.jump(leaseSeconds);
    by.takeLease(leaseSeconds);
    return by.catchUp({ signal: never, ending: never, ...options });
  };
  /** The ids, or the agents' ids, of the requests under `prefix`, in their order. */
  const asked = (prefix: '/v1/runs/' | '/v1/agents/', suffix = '') =>
    api.requests.flatMap(({ path }) =>
      path.startsWith(prefix) && path.endsWith(suffix)
        ? [decodeURIComponent(path.slice(prefix.length, path.length - suffix.length))]
        : [],
    );

  return {
    clock,
    api,
    backend: api.backend,
    syncer,
    open,
    warnings,
    catchUp,
    pass: async (by: Syncer = syncer) => {
      clock.advance(30);
      await by.fleet();
    },
    /** A run that ended `age` seconds ago and was analysed. */
    add: (runId: string, age: number, signals: readonly SignalSpec[] = [], changes: Partial<SampleRun> = {}) => {
      const completedAt = clock.now() - age;
      const run = { runId, agentId: 'a', agentVersion: 'v1', startedAt: completedAt - 10, completedAt };
      api.backend.ingestRun({ ...run, exitReason: 'run.completed', ...changes });
      api.backend.analyse(runId, signals);
    },
    runsAsked: () => asked('/v1/runs/'),
    scoresAsked: () => asked('/v1/agents/', '/health-score'),
    read: () => {
      const reader = openReader(place.file, config);
      onTestFinished(reader.close);
      return reader.db;
    },
  };
}
