import { readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openSentFile } from '../../src/handover/sent-file.ts';
import { setUpTeam, token } from '../support/handover.ts';
import type { Place } from '../support/program.ts';
import { ask, errorOf } from '../support/raw-http.ts';

/** GET /mirror of a server over HTTP. */

const authorization = `Bearer ${token}`;

const copiesBeside = ({ file }: Pick<Place, 'file'>) =>
  readdirSync(dirname(file)).filter((name) => name.includes('.passing-'));

test('without a token nobody gets the mirror, on loopback neither, and the message says what to set', async () => {
  const { serve } = await setUpTeam();
  const { url } = await serve({ DUNETRACE_HTTP_TOKEN: '' });
  const answer = await ask(`${url}/mirror`, { headers: { authorization } });
  expect(answer.status).toBe(403);
  expect(errorOf(answer).message).toContain('set DUNETRACE_HTTP_TOKEN to 16 or more characters');
});

test('with a token only who sends it does, and no page of another site', async () => {
  const { serve, theirs } = await setUpTeam();
  const { url } = await serve();
  expect((await ask(`${url}/mirror`)).status).toBe(401);
  expect(
    (await ask(`${url}/mirror`, { headers: { authorization: 'Bearer another-token-of-characters' } })).status,
  ).toBe(401);
  const page = { authorization, origin: 'http://page.example' };
  expect((await ask(`${url}/mirror`, { headers: page })).status).toBe(403);
  expect((await ask(`${url}/mirror`, { method: 'POST', headers: { authorization } })).status).toBe(405);
  const answer = await fetch(`${url}/mirror`, { headers: { authorization } });
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
    200,
    'application/gzip',
    'no-store',
  ]);
  const file = join(theirs.folder, 'sent.db');
  writeFileSync(file, gunzipSync(Buffer.from(await answer.arrayBuffer())));
  const sent = openSentFile(file);
  expect([...sent.rows('runs')].length).toBeGreaterThan(10);
  sent.close();
  await expect.poll(() => copiesBeside(theirs)).toEqual([]);
});

/** Asks for the mirror, and reads nothing of it. */
function beginAsking(url: string) {
  const asked = request(`${url}/mirror`, { headers: { authorization } });
  asked.on('error', () => {});
  asked.end();
  return asked;
}

test('one copy at a time; when its taker vanishes nothing is left of it, and the next is served', async () => {
  const { serve, theirs } = await setUpTeam();
  const { url } = await serve();
  const first = beginAsking(url);
  await expect.poll(() => copiesBeside(theirs), { interval: 1 }).toHaveLength(1);
  first.destroy();
  await expect.poll(() => copiesBeside(theirs)).toEqual([]);
  const statusOf = async () => {
    const answer = await fetch(`${url}/mirror`, { headers: { authorization } });
    await answer.arrayBuffer();
    return answer.status;
  };
  await expect.poll(statusOf).toBe(200);
  const answers = await Promise.all([statusOf(), statusOf(), statusOf()]);
  expect(answers.sort()).toEqual([200, 503, 503]);
});

test('a server that ends leaves no copy behind', async () => {
  const { serve, theirs } = await setUpTeam();
  const { url, child } = await serve();
  beginAsking(url);
  await expect.poll(() => copiesBeside(theirs), { interval: 1 }).toHaveLength(1);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(copiesBeside(theirs)).toEqual([]);
});
