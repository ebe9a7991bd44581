import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as threads from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeCopy } from '../../src/handover/copies.ts';

test('where no thread can be had nothing is left of the copy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-copies-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  class Worker {
    constructor() {
      expect(readdirSync(folder)).toHaveLength(1);
      throw new Error('EMFILE: too many open files');
    }
  }
  // A system without a thread to spare can't be had in a test.
  const spy = vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ ...threads, Worker });
  onTestFinished(() => spy.mockRestore());
  await expect(makeCopy(join(folder, 'mirror.db'), new AbortController().signal)).rejects.toThrow('EMFILE');
  expect(readdirSync(folder)).toEqual([]);
});
