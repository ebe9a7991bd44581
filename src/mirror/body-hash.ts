import { createHash } from 'node:crypto';

/** What a long text is found by in `texts`: the first 16 bytes of its SHA-256. */
export function bodyHash(body: string): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, 16);
}
