import type { Config } from '../config.ts';
import { markKept } from '../db/content.ts';
import { explainFault, faultOf } from '../db/faults.ts';
import { openMirror } from '../db/open.ts';
import { makePlaceBeside, sweepTemporaryPlaces } from '../db/temporary.ts';
import { MirrorError, StoppedError } from '../errors.ts';
import { download } from '../handover/download.ts';
import { demandRoomFor, install, realPlace } from '../handover/install.ts';
import { openSentFile, type SentFile } from '../handover/sent-file.ts';
import { plainSourceWarning, readSource, type Source } from '../handover/source.ts';
import type { Log } from '../log.ts';
import { tokenFrom } from '../mcp/http-settings.ts';
import { fillMirror } from '../mirror/fill.ts';
import { createStore } from '../mirror/store.ts';
import { printable } from '../printable.ts';
import { followContent } from '../sync/content.ts';
import { demandSample } from '../sync/sample.ts';
import { bytesLine, checkingLine, rowsLine, takenLine } from '../text/taking.ts';
import type { Io } from './io.ts';
import { createLineDisplay } from './progress.ts';

/**
 * Takes the mirror of another server in place of an empty one: downloads it, copies its rows into a mirror of our own, and
 * compares samples with the API. Until all of that is done, nothing is in the mirror's place.
 * @throws UsageError, ApiError, MirrorError or StoppedError; nothing is taken then.
 */
export async function takeMirror(io: Io, config: Config, from: string, log: Log, isQuiet: boolean): Promise<void> {
  const { clock } = io;
  const source = readSource(from, tokenFrom(io.surroundings.env));
  const warning = plainSourceWarning(source);
  if (warning !== undefined) log.warn(warning);
  const file = realPlace(config.dbFile);
  demandRoomFor(file, config);
  sweepTemporaryPlaces(file);
  const abort = new AbortController();
  const release = io.onInterrupt(() => abort.abort(new StoppedError('stopped; nothing was taken')));
  const display = createLineDisplay(io, isQuiet);
  const place = makePlaceBeside(file);
  const began = clock.monotonic();
  try {
    const rows = await fetchAndFill({ io, config, source, signal: abort.signal, show: display.show }, place.file);
    install(place.file, file, config);
    display.end();
    if (!isQuiet) log.info(takenLine({ rows, from: source.url.origin, seconds: (clock.monotonic() - began) / 1000 }));
  } catch (error) {
    throw faultOf(error) === undefined ? error : explainFault(error, config.dbFile);
  } finally {
    display.end();
    release();
    place.remove();
  }
}

interface Taking {
  io: Io;
  config: Config;
  source: Source;
  signal: AbortSignal;
  show: (line: string) => void;
}

/** @returns how many rows were taken. */
async function fetchAndFill({ io, config, source, signal, show }: Taking, file: string): Promise<number> {
  const { clock } = io;
  const sentFile = `${file}.sent`;
  const { maxBytes, proxyEnv = {} } = config;
  const onBytes = (received: number) => show(bytesLine(received));
  await download(source, sentFile, { proxyEnv, maxBytes, clock, signal, onBytes });
  show(checkingLine);
  const sent = openSentFile(sentFile);
  try {
    demandSameApi(sent, config);
    let rows = 0;
    const onRows = (more: number) => {
      rows += more;
      show(rowsLine(rows, sent.count));
    };
    await fill({ io, config, signal }, file, sent, onRows);
    return rows;
  } finally {
    sent.close();
  }
}

/** One backend may have several hosts, which samples tell; under another path is another API. */
function demandSameApi({ meta }: SentFile, { apiUrl }: Config): void {
  if (new URL(meta.apiUrl).pathname === new URL(apiUrl).pathname) return;
  throw new MirrorError(
    'handed',
    `The other server's mirror is of ${printable(meta.apiUrl)}, and DUNETRACE_API_URL is ${apiUrl}. Nothing was taken.`,
  );
}

async function fill(
  { io, config, signal }: Pick<Taking, 'io' | 'config' | 'signal'>,
  file: string,
  sent: SentFile,
  onRows: (rows: number) => void,
): Promise<void> {
  const { clock, random } = io;
  const { mirror } = openMirror(file, config, clock);
  try {
    await fillMirror(mirror, sent, { clock, signal, onRows });
    const store = createStore(mirror);
    const hasTexts = sent.meta.content !== 'hash';
    if (hasTexts && config.content === 'keep') markKept(config.dbFile);
    else if (hasTexts) await followContent({ store, clock, log: silent, mode: config.content }, signal);
    await demandSample(config, mirror, { clock, random, signal });
    store.bindKey(config);
  } finally {
    mirror.close();
  }
}

/** What it has to say is of the file that is not in its place yet. */
const silent: Log = { info: () => {}, warn: () => {} };
