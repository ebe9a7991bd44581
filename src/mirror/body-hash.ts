import { hash } from 'node:crypto';

/** What a long text is found by in `texts`: the first 16 bytes of its SHA-256. */
export function bodyHash(body: string): Buffer {
  return hash('sha256', body, 'buffer').subarray(0, 16);
}
