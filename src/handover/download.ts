import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { type ProxyEnv, proxyFor } from '../api/proxy.ts';
import type { Clock } from '../clock.ts';
import { ApiError, codeOf, MirrorError, messageOf } from '../errors.ts';
import { cut, printable } from '../printable.ts';
import { schemaHeader } from './sending.ts';
import { demandVersion } from './sent-file.ts';
import type { Source } from './source.ts';

export interface DownloadOptions {
  proxyEnv: ProxyEnv;
  /** For what comes over the network, and for the file that it becomes. */
  maxBytes: number;
  clock: Pick<Clock, 'sleep'>;
  signal: AbortSignal;
  /** So many bytes have come. */
  onBytes: (received: number) => void;
}

/** Copying a large mirror takes the other server some minutes before it answers. */
const headersMs = 900_000;
/** So many bytes must come in so much time, or we give up. */
const leastBytes = 64 * 1024;
const stallMs = 60_000;

/**
 * Downloads the mirror of another server into a file.
 * @throws ApiError when the server can't be reached, or refuses; MirrorError for what is too large, too slow, or no mirror of
 * our version; the signal's reason when it aborts.
 */
export async function download(source: Source, file: string, options: DownloadOptions): Promise<void> {
  const { url, token } = source;
  const { proxyEnv, maxBytes, clock, signal, onBytes } = options;
  const proxy = proxyFor(url, proxyEnv);
  const dispatcher = proxy ? new ProxyAgent(proxy.uri) : new Agent();
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  let received = 0;
  const inward = counted(maxBytes, 'the answer', (bytes) => {
    received = bytes;
    onBytes(bytes);
  });
  try {
    const headers = { authorization: `Bearer ${token}` };
    const sent = await request(url, { dispatcher, headers, signal: until, headersTimeout: headersMs, bodyTimeout: 0 });
    await demandMirror(source, sent);
    watchRate(() => received, { clock, over });
    const outward = counted(maxBytes, 'the mirror in it');
    const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await pipeline(sent.body, inward, createGunzip(), outward, target, { signal: until });
  } catch (error) {
    signal.throwIfAborted();
    throw over.signal.aborted ? over.signal.reason : explained(error, url);
  } finally {
    over.abort(new Error('it has ended'));
    await dispatcher.destroy();
  }
}

function watchRate(received: () => number, { clock, over }: { clock: Pick<Clock, 'sleep'>; over: AbortController }) {
  const look = async (): Promise<void> => {
    for (;;) {
      const before = received();
      await clock.sleep(stallMs, over.signal);
      if (received() - before < leastBytes)
        over.abort(
          new MirrorError('handed', `The other server sent next to nothing for ${stallMs / 1000} s. Try again.`),
        );
    }
  };
  look().catch(() => {});
}

/** Passes bytes on, up to a limit. */
function counted(max: number, what: string, onBytes: (bytes: number) => void = () => {}): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      onBytes(bytes);
      if (bytes <= max) done(null, chunk);
      else done(tooLarge(what, max));
    },
  });
}

const tooLarge = (what: string, max: number) =>
  new MirrorError(
    'handed',
    `The other server's mirror is too large: ${what} has more than ${Math.round(max / 1e6)} MB, which is what DUNETRACE_MAX_MB allows. Raise it, or run \`dunetrace-mcp sync\` without --from.`,
  );

/** @throws ApiError or MirrorError for any other answer than a mirror. */
async function demandMirror({ url }: Source, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<void> {
  if (statusCode === 200 && headers[schemaHeader] !== undefined) return demandVersion(Number(headers[schemaHeader]));
  // The rest of the body is of no use.
  body.on('error', () => {}).destroy();
  const { origin } = url;
  if (statusCode === 401)
    throw new ApiError(
      'unauthorized',
      `${origin} does not take this DUNETRACE_HTTP_TOKEN. Set it to that server's token.`,
    );
  if (statusCode >= 300 && statusCode < 400)
    throw new ApiError(
      'bad_answer',
      `${origin} redirects to ${printable(cut(String(headers.location), 200))}, and the token is not sent on. If that is right, name it with --from.`,
    );
  if (statusCode === 403)
    throw new ApiError('rejected', `${origin} does not hand its mirror over: its server needs a DUNETRACE_HTTP_TOKEN.`);
  if (statusCode === 503)
    throw new ApiError(
      'server_error',
      `${origin} can't hand its mirror over now: somebody else is taking it, or that server can't read or copy it. Try again in a minute, then look at its log.`,
    );
  throw new ApiError(
    'bad_answer',
    `${url} answered ${statusCode}, and not with a mirror. Is it \`dunetrace-mcp serve --http\`, of this version?`,
  );
}

function explained(error: unknown, { origin }: URL): unknown {
  if (error instanceof ApiError || error instanceof MirrorError) return error;
  const code = codeOf(error) ?? '';
  if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR')
    return new MirrorError(
      'handed',
      `What ${origin} sent can't be unpacked: it was cut off, or is no mirror. Try again.`,
    );
  const isOurs = /^(ENOSPC|EDQUOT|EACCES|EROFS|EIO)$/.test(code);
  if (isOurs) return new MirrorError('unusable', `The mirror that was sent can't be stored (${messageOf(error)}).`);
  return new ApiError('unreachable', `${origin} can't be reached, or the connection was cut (${messageOf(error)}).`);
}
