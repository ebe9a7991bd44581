import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';
import { codeOf } from '../errors.ts';

/** The text of a body as servers and proxies send it: compressed or not, with a byte order mark or not. */

type Unpack = (bytes: Buffer, limit: Pick<ZlibOptions, 'maxOutputLength'>) => Promise<Buffer>;

const inflated = promisify<Buffer, ZlibOptions, Buffer>(inflate);
const inflatedRaw = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);

/** Some servers send a raw deflate stream, without its zlib header, under this name. */
const deflate: Unpack = async (bytes, limit) => {
  const isBare = ((bytes[0] ?? 0) & 0x0f) !== 8 || bytes.readUInt16BE(0) % 31 !== 0;
  return isBare ? inflatedRaw(bytes, limit) : inflated(bytes, limit);
};

const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  deflate,
  br: promisify<Buffer, ZlibOptions, Buffer>(brotliDecompress),
};

/** How many content codings may be nested; no honest server sends more. */
const maxPackings = 3;

export type Unpacked = { bytes: Buffer } | { fault: 'too large' | 'unreadable' };

/** Decompresses `bytes` as the header Content-Encoding says; the server applied the last coding in it last. */
export async function unpack(bytes: Buffer, encoding: string, maxBytes: number): Promise<Unpacked> {
  const named = encoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const packings = named.filter((name) => name !== '' && name !== 'identity');
  if (packings.length > maxPackings) return { fault: 'unreadable' };
  let unpacked = bytes;
  for (const packing of packings.toReversed()) {
    const way = Object.hasOwn(unpackers, packing) ? unpackers[packing] : undefined;
    if (!way) return { fault: 'unreadable' };
    try {
      unpacked = await way(unpacked, { maxOutputLength: maxBytes });
    } catch (error) {
      return { fault: codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'unreadable' };
    }
  }
  return { bytes: unpacked };
}

/** Decodes the text by its byte order mark, and drops the mark; UTF-8 without one. */
export function textOf(bytes: Buffer): string {
  const mark = bytes.toString('latin1', 0, 2);
  if (mark === '\xff\xfe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === '\xfe\xff') return new TextDecoder('utf-16be').decode(bytes);
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
