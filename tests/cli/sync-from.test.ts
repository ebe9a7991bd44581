import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { schemaVersion } from '../../src/db/migrate.ts';
import { schemaHeader } from '../../src/handover/sending.ts';
import type { FakeCustomerApi } from '../support/fake-customer-api.ts';
import { newPlace, sentBytes, serveAs, serveBytes, setUpTeam, take, token } from '../support/handover.ts';
import { connect } from '../support/mcp-client.ts';
import { ended, type Place, run, start } from '../support/program.ts';

/** `dunetrace-mcp sync --from`: real processes and sockets on both ends. */

function rowsOf({ file }: Pick<Place, 'file'>) {
  const sqlite = new Database(file, { readonly: true });
  const all = (sql: string) => sqlite.prepare(sql).all();
  const found = {
    agents: all('select agent_id, run_count, signal_count, gone_at from v_agents order by 1'),
    runs: all('select * from v_runs order by run_id'),
    signals: all('select * from v_signals order by id'),
    policies: all('select * from v_policies order by id'),
    days: all('select sum(runs), count(*) from run_days union all select sum(signals), count(*) from signal_days'),
    words: all("select count(*) from evidence_fts where evidence_fts match 'tool'"),
  };
  sqlite.close();
  return found;
}

interface NewRun {
  runId: string;
  agentId: string;
  now: number;
  note?: string;
}

function ingest({ backend }: FakeCustomerApi, { runId, agentId, now, note = 'none' }: NewRun): void {
  const times = { startedAt: now - 20, completedAt: now - 10 };
  backend.ingestRun({ runId, agentId, agentVersion: 'v9', exitReason: 'run.completed', ...times });
  backend.analyse(runId, [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 1, evidence: { note } }]);
}

const leftBeside = ({ file }: Pick<Place, 'file'>) =>
  existsSync(dirname(file)) ? readdirSync(dirname(file)).filter((name) => !/^mirror\.db(-wal|-shm)?$/.test(name)) : [];

test('what is taken equals a first sync, and counts as proven once all was compared', async () => {
  const { theirs, serve, newPlace } = await setUpTeam();
  const { url } = await serve();
  const ours = newPlace();
  const taken = await take(ours, `${url}/mcp`);
  expect(taken).toMatchObject({ code: 0, stderr: expect.stringMatching(/took [\d,]+ rows from http/) });
  expect(taken.stdout).toMatch(/^Agents: +(\d+)\nRuns: +\d+ \(0 new\)\nSignals: +\d+ \(0 new\)\n/);
  const agents = Number(/^Agents: +(\d+)/.exec(taken.stdout)?.[1]);
  expect(rowsOf(ours)).toEqual(rowsOf(theirs));
  expect(leftBeside(ours)).toEqual([]);
  expect(leftBeside(theirs)).toEqual([]);
  expect((await run(['sync', '--check'], ours)).code).toBe(0);

  // Nothing of it is proven.
  const said = `${2 * agents} lists came from another mirror and are not yet compared with the API as a whole`;
  expect((await run(['status'], ours)).stdout).toContain(`Unproven:   ${said}`);
  expect((await run(['doctor'], ours)).stdout).toMatch(new RegExp(`^warn {2}Unproven +${said}`, 'm'));
  const status = JSON.parse((await run(['status', '--json'], ours)).stdout);
  expect(status.agents[0].runs).toMatchObject({ covered_from: null, unproven: true });
  const { call, close } = await connect({ env: { ...ours.env, DUNETRACE_FULL_SYNC_HOURS: '0' } });
  const answer = await call('list_agents');
  expect(answer.structured.freshness).toMatchObject({ covered: false, synced_at: null, note: said });
  expect(answer.text).toContain(`Not all of the API is mirrored. ${said}.`);
  await close();

  const full = await run(['sync', '--full', '--quiet'], ours);
  expect(full).toMatchObject({ code: 0 });
  expect((await run(['status'], ours)).stdout).not.toContain('nproven');
  const { structured } = await (await connect(ours)).call('list_agents');
  expect(structured.freshness).toMatchObject({ covered: true });
  expect(rowsOf(ours)).toEqual(rowsOf(theirs));
});

test('the API is asked ten times at most, and twice for each agent', async () => {
  const { api, theirs, newPlace } = await setUpTeam();
  const url = await serveBytes(sentBytes(theirs.file));
  const before = api.requests.length;
  const { code, stdout } = await take(newPlace(), url);
  const asked = api.requests.slice(before).map(({ path, query }) => `${path}?${query}`);
  expect(code).toBe(0);
  const agents = Number(/^Agents: +(\d+)/.exec(stdout)?.[1]);
  expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(10 + 2 * agents);
});

test('what has changed since is fetched, and a server proves the lists by itself', async () => {
  const { api, serve, newPlace, theirs } = await setUpTeam();
  const { url } = await serve();
  const ours = newPlace({ DUNETRACE_POLL_SECONDS: '1' });
  const [known] = rowsOf(theirs).runs.map((row) => Object(row).agent_id);
  const now = Date.now() / 1000;
  ingest(api, { runId: 'new-run', agentId: known, now });
  expect(await take(ours, url, '--quiet')).toMatchObject({ code: 0, stderr: '', stdout: '' });
  expect(rowsOf(ours).runs).toContainEqual(expect.objectContaining({ run_id: 'new-run' }));
  const { call } = await connect(ours);
  await expect.poll(async () => (await call('list_agents')).structured.freshness).toMatchObject({ covered: true });
  expect((await run(['sync', '--check'], ours)).code).toBe(0);
});

test('a mirror that has rows takes none, and stays as it is; one that was emptied does', async () => {
  const { theirs, serve, newPlace } = await setUpTeam();
  const { url } = await serve();
  const ours = newPlace();
  await run(['sync', '--quiet'], ours);
  const before = rowsOf(ours);
  const refused = await take(ours, url);
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('Run `dunetrace-mcp reset` first') });
  expect(rowsOf(ours)).toEqual(before);
  await run(['reset', '--yes'], ours);
  // A process that has the empty mirror open would go on with a file that is no longer there.
  const other = new Database(ours.file);
  other.prepare('select count(*) from runs').get();
  const inUse = await take(ours, url);
  expect(inUse).toMatchObject({ code: 5, stderr: expect.stringContaining('Another process uses the mirror') });
  other.close();
  expect(await take(ours, url, '--quiet')).toMatchObject({ code: 0, stderr: '' });
  expect(rowsOf(ours)).toEqual(rowsOf(theirs));
  expect(leftBeside(ours)).toEqual([]);
});

test('a mirror of another API, of another key’s rows, or with rows that the API has otherwise, is not taken', async () => {
  const { theirs, newPlace: place, api } = await setUpTeam();
  const sent = await serveBytes(sentBytes(theirs.file));
  const cases: [string, Place, string, string][] = [
    ['another path', newPlace(`${api.url}/customer`), sent, 'DUNETRACE_API_URL is'],
    [
      'tampered signals',
      place(),
      await serveBytes(sentBytes(theirs.file, 'update signals set confidence = 0.123')),
      'has another confidence',
    ],
    [
      'tampered runs',
      place(),
      await serveBytes(sentBytes(theirs.file, 'update runs set step_count = step_count + 1')),
      'has another step_count',
    ],
    [
      'runs of nobody',
      place(),
      await serveBytes(sentBytes(theirs.file, "update runs set run_id = 'made-up-' || id")),
      'it lacks',
    ],
    [
      'rows that the API does not have',
      place(),
      await serveBytes(
        sentBytes(
          theirs.file,
          'insert into signals select key - 1000000, agent, run, failure_type, severity, version, step_index, confidence, detected_at, alerted, shadow, co_signal_count, explanation, extra, gone_at, pass from signals',
        ),
      ),
      'and the API has',
    ],
    ['no rows', place(), await serveBytes(sentBytes(theirs.file, 'delete from sync_state')), 'no runs and no signals'],
  ];
  for (const [name, ours, url, why] of cases) {
    const { code, stderr } = await take(ours, url);
    expect([name, code, stderr]).toEqual([name, 5, expect.stringContaining(why)]);
    expect([existsSync(ours.file), leftBeside(ours)]).toEqual([false, []]);
  }
});

test('a key that the API does not take takes no mirror', async () => {
  const { theirs, api } = await setUpTeam();
  const sent = await serveBytes(sentBytes(theirs.file));
  api.fail({ kind: 'status', status: 401 }, { times: 100 });
  const ours = newPlace(api.url, { DUNETRACE_API_KEY: 'dt_live_other' });
  expect(await take(ours, sent)).toMatchObject({ code: 4 });
  expect([existsSync(ours.file), leftBeside(ours)]).toEqual([false, []]);
});

test('DUNETRACE_AGENTS of either end is followed at the next pass, which the taker begins at once', async () => {
  const { theirs, newPlace: place } = await setUpTeam();
  const held = (one: Place) => rowsOf(one).agents.map((row) => Object(row).agent_id);
  const [some = ''] = held(theirs);
  const limited = place({ DUNETRACE_AGENTS: some });
  expect(await take(limited, await serveBytes(sentBytes(theirs.file)), '--quiet')).toMatchObject({ code: 0 });
  expect(held(limited)).toEqual([some]);
  const all = place();
  expect(await take(all, await serveBytes(sentBytes(limited.file)), '--quiet')).toMatchObject({ code: 0 });
  expect(rowsOf(all).runs).toHaveLength(rowsOf(theirs).runs.length);
});

test('a link to the mirror’s file is followed, and one that leads nowhere refused', async () => {
  const { theirs, newPlace: place } = await setUpTeam();
  const sent = await serveBytes(sentBytes(theirs.file));
  const ours = place();
  const elsewhere = join(ours.folder, 'elsewhere.db');
  mkdirSync(dirname(ours.file));
  symlinkSync(elsewhere, ours.file);
  expect(await take(ours, sent)).toMatchObject({ code: 5, stderr: expect.stringContaining('dangling link') });
  writeFileSync(elsewhere, '');
  expect(await take(ours, sent, '--quiet')).toMatchObject({ code: 0 });
  expect(lstatSync(ours.file).isSymbolicLink()).toBe(true);
  expect(rowsOf({ file: elsewhere }).runs).toEqual(rowsOf(theirs).runs);
});

test('another host name of the same API is no obstacle', async () => {
  const { theirs, api } = await setUpTeam();
  const sent = await serveBytes(sentBytes(theirs.file));
  const ours = newPlace(api.url.replace('127.0.0.1', 'localhost'));
  expect(await take(ours, sent, '--quiet')).toMatchObject({ code: 0, stderr: '' });
  expect(rowsOf(ours)).toEqual(rowsOf(theirs));
});

test('servers that send something else get an error that says what', async () => {
  const { theirs, newPlace: place } = await setUpTeam();
  const bytes = sentBytes(theirs.file);
  const elsewhere = { seen: 0 };
  const target = await serveAs((_, res) => {
    elsewhere.seen += 1;
    res.end();
  });
  const head = { [schemaHeader]: schemaVersion() };
  const bomb = gzipSync(Buffer.alloc(30_000_000));
  const cases: [string, Parameters<typeof serveAs>[0], number, string][] = [
    ['no such token', (_, res) => res.writeHead(401).end(), 4, 'does not take this DUNETRACE_HTTP_TOKEN'],
    ['no token there', (_, res) => res.writeHead(403).end(), 3, 'its server needs a DUNETRACE_HTTP_TOKEN'],
    [
      'somebody else',
      (_, res) => res.writeHead(503).end(),
      3,
      "somebody else is taking it, or that server can't read or copy it. Try again",
    ],
    ['a redirect', (_, res) => res.writeHead(302, { location: target }).end(), 3, `redirects to ${target}`],
    ['a page', (_, res) => res.writeHead(200).end('<html>'), 3, 'and not with a mirror'],
    [
      'another version',
      (_, res) => res.writeHead(200, { [schemaHeader]: 99 }).end(bytes),
      5,
      `has schema 99, and this program ${schemaVersion()}`,
    ],
    ['no gzip', (_, res) => res.writeHead(200, head).end('plain'), 5, "can't be unpacked"],
    [
      'half of it',
      (_, res) => res.writeHead(200, head).end(bytes.subarray(0, bytes.length / 2)),
      5,
      "can't be unpacked",
    ],
    [
      'a cut connection',
      (_, res) => {
        res.writeHead(200, { ...head, 'content-length': bytes.length });
        res.write(bytes.subarray(0, bytes.length / 2), () => res.destroy());
      },
      3,
      'the connection was cut',
    ],
    ['a bomb', (_, res) => res.writeHead(200, head).end(bomb), 5, 'the mirror in it has more than 10 MB'],
  ];
  for (const [name, listener, exit, why] of cases) {
    const ours = place({ DUNETRACE_MAX_MB: '10' });
    const { code, stderr } = await take(ours, await serveAs(listener));
    expect([name, code, stderr]).toEqual([name, exit, expect.stringContaining(why)]);
    expect([existsSync(ours.file), leftBeside(ours)]).toEqual([false, []]);
  }
  expect(elsewhere.seen).toBe(0);
});

test('what is typed wrong is an error of use, and plain HTTP to another machine a warning', async () => {
  const ours = newPlace('http://127.0.0.1:9');
  for (const [url, env, why] of [
    ['ftp://host', {}, '--from takes the URL of a server'],
    ['http://user:secret@host', {}, '--from takes the URL of a server'],
    ['http://host:8000', { DUNETRACE_HTTP_TOKEN: '' }, 'set DUNETRACE_HTTP_TOKEN to it'],
  ] as const)
    expect(await take({ env: { ...ours.env, ...env } }, url)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(why),
    });
  expect(await run(['sync', '--from', 'http://host', '--agent', 'a'], ours)).toMatchObject({ code: 2 });
  const plain = await take({ env: { ...ours.env, http_proxy: 'http://127.0.0.1:9' } }, 'http://mirror.example:8000');
  expect(plain.stderr).toContain('go over plain HTTP from http://mirror.example:8000');
  expect(plain.code).toBe(3);
  expect(plain.stderr).not.toContain(token);
});

test('kill -9 at any moment leaves no mirror or a whole one, and the next try cleans up', async () => {
  const { theirs, serve, newPlace } = await setUpTeam();
  const { url } = await serve();
  const ours = newPlace();
  const kill = async (when: (line: string) => boolean) => {
    const child = start(['sync', '--from', url], ours);
    const exited = once(child, 'exit');
    for await (const _ of watchFolder(ours, when)) break;
    child.kill('SIGKILL');
    await exited;
  };
  await kill((name) => name.includes('.passing-'));
  expect(existsSync(ours.file)).toBe(false);
  expect(leftBeside(ours)).toHaveLength(1);
  await kill((name) => name === 'mirror.db');
  // The mirror is in its place: it is whole, and a sync goes on from it.
  expect(await run(['sync', '--quiet'], ours)).toMatchObject({ code: 0 });
  expect(rowsOf(ours)).toEqual(rowsOf(theirs));
  expect((await run(['doctor'], ours)).stdout).toContain('SQLite finds no damage');
});

/** Yields once a name appears in the folder of a place. */
async function* watchFolder({ file }: Place, when: (name: string) => boolean) {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    if (readdirSync(dirname(file)).some(when)) yield;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('Ctrl-C takes nothing', async () => {
  const { newPlace: place } = await setUpTeam();
  const ours = place();
  let arrived = () => {};
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const url = await serveAs(() => arrived());
  const child = start(['sync', '--from', url], ours);
  await asked;
  child.kill('SIGINT');
  expect(await ended(child)).toMatchObject({ code: 6, stderr: expect.stringContaining('stopped; nothing was taken') });
  expect(leftBeside(ours)).toEqual([]);
});

test('texts that the other mirror kept are hashed for who does not keep them, and never the other way', async () => {
  const { api, theirs, newPlace: place } = await setUpTeam();
  const raw = 'please refund quokka order 4711';
  const now = Date.now() / 1000;
  const [agentId] = rowsOf(theirs).runs.map((row) => Object(row).agent_id);
  ingest(api, { runId: 'raw', agentId, now, note: raw });
  const keeping = place({ DUNETRACE_CONTENT: 'keep' });
  await run(['sync', '--quiet'], keeping);
  const sent = await serveBytes(sentBytes(keeping.file));
  const hashing = place();
  expect(await take(hashing, sent, '--quiet')).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(hashing.file).includes('quokka')).toBe(false);
  expect((await run(['status'], hashing)).stdout).toContain('hashed (DUNETRACE_CONTENT=hash)');
  expect((await run(['sync', '--check'], hashing)).code).toBe(0);
  const also = place({ DUNETRACE_CONTENT: 'keep' });
  expect(await take(also, sent, '--quiet')).toMatchObject({ code: 0, stderr: '' });
  expect(rowsOf(also)).toEqual(rowsOf(keeping));
  // From one that hashes: what it hashed is fetched anew.
  const hashed = await serveBytes(sentBytes(hashing.file));
  const keeps = place({ DUNETRACE_CONTENT: 'keep' });
  expect(await take(keeps, hashed, '--quiet')).toMatchObject({ code: 0 });
  expect(rowsOf(keeps).signals).toEqual(rowsOf(keeping).signals);
});
