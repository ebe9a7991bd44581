import { type Config, plainKeyWarning, readConfig } from '../config.ts';
import { openReader } from '../db/open.ts';
import { type ExitCode, exitCodes, StoppedError } from '../errors.ts';
import { eachList, movingLists } from '../lists/names.ts';
import { json } from '../printable.ts';
import { mirrorStatus, rowsOf } from '../queries/status.ts';
import type { PassSummary } from '../sync/pass-state.ts';
import { openSyncer } from '../sync/syncer.ts';
import type { Progress, Waiting } from '../sync/tally.ts';
import { eventsObject } from '../text/events-plan.ts';
import { type SyncTotals, syncLines } from '../text/sync.ts';
import { eventsPlan } from './events.ts';
import { type Io, openIoLog } from './io.ts';
import { createProgressDisplay } from './progress.ts';
import { unreadObject } from './status.ts';

export interface SyncOptions {
  full?: boolean;
  agent?: string;
  from?: string;
  json?: boolean;
  quiet?: boolean;
}

/** How long the current page may take after the user interrupts, in milliseconds. */
const graceMs = 5000;

/** Why a sync that was interrupted has not ended by itself. */
function whyLate(waiting: Waiting | undefined, now: number): string {
  if (waiting === undefined || waiting.until <= now)
    return 'stopped: the API did not answer in time for the current page';
  return `interrupted while it waited ${waiting.why === undefined ? 'for the request budget' : 'as the API had asked'}`;
}

/** How many of upstream's rows the mirror holds, of one agent or of all, and which it could not read. */
function totalsOf(config: Config, agentId: string | undefined, now: number): SyncTotals {
  const reader = openReader(config.dbFile, config);
  try {
    const mirror = mirrorStatus(reader, now);
    const isMeant = (id: string | null) => agentId === undefined || id === agentId;
    const agents = mirror.agents.filter((agent) => isMeant(agent.agentId));
    const lists = agentId === undefined ? mirror.recordLists.filter(({ isMissing }) => !isMissing) : [];
    return {
      agentId,
      rows: eachList((list) => rowsOf({ agents }, list)),
      small: Object.fromEntries(lists.map(({ list, rows }) => [list, rows])),
      unread: mirror.unread.filter((list) => isMeant(list.agentId)),
      events: eventsPlan(reader, config, now),
    };
  } finally {
    reader.close();
  }
}

/** `dunetrace-mcp sync`: brings the mirror up to date, once. */
export async function sync(io: Io, options: SyncOptions): Promise<ExitCode> {
  const { clock, random, stdout } = io;
  const config = readConfig(io.surroundings);
  const log = openIoLog(io, config);
  const warning = plainKeyWarning(config);
  if (warning !== undefined) log.warn(warning);
  if (options.from !== undefined) {
    const { takeMirror } = await import('./sync-from.ts');
    await takeMirror(io, config, options.from, log, options.quiet === true);
  }
  const syncer = openSyncer(config, { clock, log, random });
  // Lines of the log would cut through a bar, and say the same.
  const display = options.quiet || config.log === 'stderr' ? undefined : createProgressDisplay(io);
  const abort = new AbortController();
  const ended = new AbortController();
  let isStopping = false;
  let latest: Progress | undefined;
  const stopNow = (why: string) =>
    abort.abort(new StoppedError(`${why}; the mirror keeps what was committed. Run \`dunetrace-mcp sync\` to go on.`));
  const release = io.onInterrupt(() => {
    if (isStopping) {
      stopNow('stopped at once');
      return;
    }
    isStopping = true;
    log.info('stopping after the current page; interrupt again to stop at once');
    clock.sleep(graceMs, ended.signal).then(
      () => stopNow(whyLate(latest?.waiting, clock.monotonic())),
      () => {},
    );
  });
  const passOptions = {
    full: options.full === true,
    rereads: true,
    signal: abort.signal,
    isStopping: () => isStopping,
    onProgress: (progress: Progress) => {
      latest = progress;
      display?.show(progress);
    },
  };
  let summary: PassSummary;
  try {
    summary = await (options.agent === undefined
      ? syncer.fleet(passOptions)
      : syncer.agent(options.agent, passOptions));
  } finally {
    display?.end();
    ended.abort();
    release();
    await syncer.close();
  }
  const totals = totalsOf(config, options.agent, clock.now());
  if (options.json) stdout.write(`${json(summaryObject(summary, totals, config))}\n`);
  else if (!options.quiet) stdout.write(`${syncLines(summary, totals, config.dbFile).join('\n')}\n`);
  const isWhole = totals.unread.length === 0 && summary.failures.every(({ kind }) => kind === 'not_found');
  return isWhole ? exitCodes.done : exitCodes.partial;
}

function summaryObject(summary: PassSummary, totals: SyncTotals, config: Config) {
  return {
    ...(totals.agentId === undefined ? {} : { agent_id: totals.agentId }),
    agents: totals.agentId === undefined ? summary.agents : 1,
    agents_unchanged: summary.skipped,
    ...totals.rows,
    ...totals.small,
    ...Object.fromEntries(movingLists.map((list) => [`new_${list}`, summary.added[list]])),
    events: eventsObject(totals.events),
    requests: summary.requests,
    bytes: summary.bytes,
    seconds: Math.round(summary.seconds * 1000) / 1000,
    bad_rows: summary.badRows,
    unread: totals.unread.map(unreadObject),
    not_read: summary.failures.map(({ agentId, list, kind, message }) => ({ agent_id: agentId, list, kind, message })),
    file: config.dbFile,
  };
}
