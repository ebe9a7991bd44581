import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { schemaVersion } from '../db/migrate.ts';
import { codeOf } from '../errors.ts';
import { type MirrorCopy, makeCopy } from '../handover/copies.ts';
import { schemaHeader } from '../handover/sending.ts';
import { Refusal } from './http-guard.ts';
import type { Exchange } from './http-sessions.ts';

export interface MirrorRouteDeps {
  /** The file that answers are read from at the moment. @throws MirrorError when there is none. */
  mirrorFile: () => Promise<string>;
  /** What the server demands of all requests, if anything. */
  token: string | undefined;
}

export interface MirrorRoute {
  handler: (exchange: Exchange) => Promise<void>;
  /** Ends what is under way, and waits until nothing is left of it. */
  close(): Promise<void>;
}

/** Fast rather than small: a mirror shrinks to a fifth, at more than most networks carry. */
const gzipLevel = 1;

/** GET /mirror: hands the mirror to who has the token, one at a time. */
export function createMirrorRoute({ mirrorFile, token }: MirrorRouteDeps): MirrorRoute {
  const closing = new AbortController();
  let underWay: Promise<void> | undefined;

  async function handOver({ res }: Exchange): Promise<void> {
    const gone = new AbortController();
    res.once('close', () => gone.abort(new Error('the other end has gone')));
    const signal = AbortSignal.any([gone.signal, closing.signal]);
    let copy: MirrorCopy | undefined;
    try {
      copy = await makeCopy(await mirrorFile(), signal);
      res.writeHead(200, {
        'content-type': 'application/gzip',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        [schemaHeader]: schemaVersion(),
      });
      await pipeline(createReadStream(copy.file), createGzip({ level: gzipLevel }), res, { signal });
    } catch (error) {
      if (!signal.aborted && codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    } finally {
      copy?.remove();
    }
  }

  return {
    handler: async (exchange) => {
      // On loopback, too: every user and every page of this machine can send requests there.
      if (token === undefined)
        throw new Refusal(
          403,
          'A server hands its mirror over only with a token: set DUNETRACE_HTTP_TOKEN to 16 or more characters (such as the output of `openssl rand -hex 24`) for this server and for those who take the mirror.',
        );
      if (underWay)
        throw new Refusal(503, 'Somebody else is taking the mirror. Try again.', { headers: { 'retry-after': '30' } });
      underWay = handOver(exchange);
      try {
        await underWay;
      } finally {
        underWay = undefined;
      }
    },
    close: async () => {
      closing.abort(new Error('the server ends'));
      await underWay?.catch(() => {});
    },
  };
}
