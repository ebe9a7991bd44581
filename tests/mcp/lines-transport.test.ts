import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLinesTransport } from '../../src/mcp/lines-transport.ts';

/** A transport whose server answers at once, with as many characters as `answerChars`. */
async function serve({ answerChars, answers = true }: { answerChars: number; answers?: boolean }) {
  const input = new PassThrough();
  const output = new PassThrough({ highWaterMark: 1000 });
  let heard = 0;
  const heardOne = () => {
    heard += 1;
  };
  const lines = createLinesTransport({ input, output, warn: () => {}, heard: () => heardOne() });
  lines.transport.onmessage = (message) => {
    if (!answers || !('id' in message) || message.id === undefined) return;
    const result = { text: 'x'.repeat(answerChars) };
    lines.transport.send({ jsonrpc: '2.0', id: message.id, result }).catch(() => {});
  };
  await lines.transport.start();
  const ask = (from: number, to: number) => {
    for (let id = from; id < to; id += 1) input.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })}\n`);
  };
  const settle = () => new Promise(setImmediate);
  return { ...lines, input, output, ask, settle, heard: () => heard };
}

test('while the other end takes nothing, nothing more is asked of the server; once it does, all is answered', async () => {
  const { ask, settle, heard, output, behind, answered } = await serve({ answerChars: 100 });
  ask(0, 60_000);
  await settle();
  expect(heard()).toBeLessThan(30);
  expect(output.writableLength + output.readableLength).toBeLessThan(10_000);
  expect(behind()).toBe(0);
  let taken = 0;
  output.on('data', (chunk) => {
    taken += String(chunk).split('\n').length - 1;
  });
  await answered();
  await settle();
  expect([heard(), taken, behind()]).toEqual([60_000, 60_000, undefined]);
});

test('no more than 256 requests are without an answer at a time', async () => {
  const { ask, settle, heard, input, output } = await serve({ answerChars: 1, answers: false });
  output.resume();
  ask(0, 1000);
  await settle();
  expect(heard()).toBe(256);
  expect(input.isPaused()).toBe(false);
});

test('no more waits to be read than a line may be long', async () => {
  const { ask, settle, input } = await serve({ answerChars: 1000 });
  ask(0, 10);
  input.write(`${' '.repeat(11 * 1024 * 1024)}\n`);
  await settle();
  expect(input.isPaused()).toBe(true);
});

test('empty lines are not held without end either', async () => {
  const { ask, settle, input } = await serve({ answerChars: 1000 });
  ask(0, 10);
  input.write('\n'.repeat(11 * 1024 * 1024));
  await settle();
  expect(input.isPaused()).toBe(true);
});
