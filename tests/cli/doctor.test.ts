import { chmodSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { serveOnLoopback } from '../support/loopback.ts';
import { askUntil, connect } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

async function synced(options: Parameters<typeof startFakeCustomerApi>[0] = {}) {
  const api = await startFakeCustomerApi(options);
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_API_KEY: 'dt_dev_test' });
  expect(await run(['sync', '--quiet'], place)).toMatchObject({ code: 0 });
  return { api, place };
}

test('finds nothing wrong where nothing is, and says what it looked at', async () => {
  const { api, place } = await synced();
  const { code, stdout } = await run(['doctor'], place);
  const lines = stdout
    .replaceAll(place.file, '<file>')
    .replaceAll(api.url, '<api>')
    .replace(process.version, '<node>')
    .replace(/last complete pass .*/, 'last complete pass <age>')
    .replace(/\d+ MB free/, '<free>')
    .replace(/version \d+, \d+ MB/, '<version and size>');
  expect(lines).toMatchInlineSnapshot(`
    "ok    Node       <node>
    ok    Settings   from the environment: DUNETRACE_API_URL=<api>, DUNETRACE_API_KEY=(not shown), DUNETRACE_DB=<file>, DUNETRACE_TIMEOUT_SECONDS=5, DUNETRACE_LIVE_BUDGET_MS=20000, DUNETRACE_EVENTS_DAYS=0
    ok    Settings   defaults: DUNETRACE_CONCURRENCY=4, DUNETRACE_RPM=300, DUNETRACE_POLL_SECONDS=30, DUNETRACE_SETTLE_SECONDS=300, DUNETRACE_FULL_SYNC_HOURS=24, DUNETRACE_KEEP_DAYS=0, DUNETRACE_MAX_MB=20000, DUNETRACE_CONTENT=hash, DUNETRACE_AGENTS=all, DUNETRACE_ANSWERS=auto, DUNETRACE_LOG=none, DUNETRACE_PRICES=the package's own, DUNETRACE_HTTP_TOKEN=none, DUNETRACE_ORIGINS=none
    ok    Client     none has this server yet; \`dunetrace-mcp config\` offers it
    ok    Mirror     <file>: 2 agents, last complete pass <age>
    ok    Schema     <version and size>
    ok    Texts      hashed (DUNETRACE_CONTENT=hash)
    ok    Events     0 of 3 runs have theirs; a server fetches none (DUNETRACE_EVENTS_DAYS=0)
    ok    Disk       <free>
    ok    Access     only you can read the file
    ok    Integrity  SQLite finds no damage
    ok    Poller     none: no server uses this file, or one has just started
    ok    Processes  no other process has the file open
    ok    Equality   not compared; \`dunetrace-mcp sync --check\` compares every row with the API
    ok    Lock       no process blocks writes to the file
    ok    API        <api> answers and takes the key (generation 2, version 0.1.0)
    ok    Endpoints  /v1/agents, /health, /v1/signals, /v1/agents/{id}/runs, /v1/agents/{id}/signals, /v1/agents/{id}/health-score; without /v1/agents/{id}/token-stats
    ok    Clock      agrees with the server's
    Healthy. All that was looked at works.
    "
  `);
  expect(code).toBe(0);
});

test('never shows the key or the token', async () => {
  const { place } = await synced();
  const env = { ...place.env, DUNETRACE_API_KEY: 'dt_secret_1', DUNETRACE_HTTP_TOKEN: 'token_secret_0123456789' };
  const { code, stdout, stderr } = await run(['doctor'], { env });
  expect(stdout).toMatch(/fail {2}Mirror .*belongs to another API key/);
  expect(code).toBe(5);
  expect(stdout + stderr).not.toMatch(/dt_secret_1|token_secret/);
});

test('an older API is one of generation 1, without the endpoints of newer ones', async () => {
  const { place } = await synced({ generation: 1 });
  const { stdout } = await run(['doctor'], place);
  expect(stdout).toMatch(/API .*\(generation 1/);
  expect(stdout).toMatch(/Endpoints .*without .*health-score/);
});

test('names what is wrong, and exits with the code of the first failure', async () => {
  const gone = createPlace('http://127.0.0.1:9');
  const away = await run(['doctor'], gone);
  expect(away.stdout).toMatch(/^warn {2}Key .*dt_dev_test/m);
  expect(away.stdout).toMatch(/^fail {2}API .*ECONNREFUSED/m);
  expect(away.stdout).toMatch(/^Does not work\. Begin with API: .*ECONNREFUSED.*\n$/m);
  expect(away.code).toBe(3);
  const wrong = await run(['doctor'], { env: { ...gone.env, DUNETRACE_POLL_SECONDS: 'often' } });
  expect(wrong.stdout).toMatch(/fail {2}Settings {2}DUNETRACE_POLL_SECONDS is "often"/);
  expect(wrong.code).toBe(2);
  const guarded = await startFakeCustomerApi({ key: 'another' });
  const refused = await run(['doctor'], createPlace(guarded.url, { DUNETRACE_API_KEY: 'mine' }));
  expect(refused.stdout).toMatch(/^fail {2}API .*refused the key/m);
  expect(refused.code).toBe(4);
  expect(refused.stdout).toMatch(/\nDoes not work\. Begin with API: .*refused the key.*\n$/);
});

test('a backend that takes the default key, and a mirror that nobody has made yet, are healthy', async () => {
  const api = await startFakeCustomerApi();
  const place = createPlace(api.url);
  const { code, stdout } = await run(['doctor'], place);
  expect(stdout).toMatch(/^ok {4}Key +a development backend: it takes the default key, dt_dev_test$/m);
  expect(stdout).toContain(`none yet: \`dunetrace-mcp sync\` or a server makes it, as ${place.file}\n`);
  expect(stdout).toMatch(/\nHealthy\. All that was looked at works\.\n$/);
  expect(code).toBe(0);
});

test('a mirror that can not be made is what to mend first', async () => {
  const api = await startFakeCustomerApi();
  const place = createPlace(api.url);
  writeFileSync(join(place.folder, 'data'), 'a file where the folder should be');
  const { code, stdout } = await run(['doctor'], place);
  expect(stdout).toMatch(/\nDoes not work\. Begin with Mirror: .*can't be made below .*Set DUNETRACE_DB/);
  expect(code).toBe(5);
});

test('an API that is down leaves the answers that the mirror has, and the verdict says so', async () => {
  const { api, place } = await synced();
  api.fail({ kind: 'status', status: 503 }, { times: 100 });
  const { code, stdout } = await run(['doctor'], place);
  expect(stdout).toMatch(/\nDoes not work\. Begin with API: .* Until then answers come from the mirror as it is\.\n$/);
  expect(code).toBe(3);
});

test('a mistyped setting has a warning that names the right one', async () => {
  const { place } = await synced();
  const { code, stdout } = await run(['doctor'], { env: { ...place.env, DUNETRACE_POL_SECONDS: '5' } });
  expect(stdout).toMatch(
    /^warn {2}Settings +DUNETRACE_POL_SECONDS is not a setting .* Did you mean DUNETRACE_POLL_SECONDS\?$/m,
  );
  expect(stdout).toMatch(/\nWorks\. To be looked at: Settings\.\n$/);
  expect(code).toBe(6);
});

test('a log that can not be written is a fault, and one that can is not made', async () => {
  const { place } = await synced();
  const log = join(place.folder, 'work.log');
  const lookAt = (file: string) => run(['doctor'], { env: { ...place.env, DUNETRACE_LOG: file } });
  const fine = `ok    Log        ${log} can be written\n`;
  expect(await lookAt(log)).toMatchObject({ code: 0, stdout: expect.stringContaining(fine) });
  expect(existsSync(log)).toBe(false);
  writeFileSync(log, 'a line\n');
  expect(await lookAt(log)).toMatchObject({ code: 0, stdout: expect.stringContaining(fine) });
  expect(readFileSync(log, 'utf8')).toBe('a line\n');
  for (const [file, why] of [
    [join(place.folder, 'none', 'work.log'), 'ENOENT'],
    [join(log, 'work.log'), 'ENOTDIR'],
    [place.folder, 'it is no file'],
  ] as const) {
    const { code, stdout } = await lookAt(file);
    const said = `DUNETRACE_LOG names ${file}, which can't be written (${why}). Name a file in a folder that is there, or stderr.\n`;
    expect(stdout).toContain(`fail  Log        ${said}`);
    expect(stdout).toContain(`\nDoes not work. Begin with Log: ${said}`);
    expect(code).toBe(2);
  }
});

test('a file that others may read, and one that is damaged', async () => {
  const { place } = await synced();
  chmodSync(place.file, 0o644);
  expect((await run(['doctor'], place)).stdout).toMatch(/^warn {2}Access .*\(mode 644\): chmod 600 it\.$/m);
  const fd = openSync(place.file, 'r+');
  for (let page = 3; page < 40; page += 1) writeSync(fd, Buffer.alloc(4096, 7), 0, 4096, page * 4096);
  const { code, stdout } = await run(['doctor'], place);
  expect(stdout).toMatch(/^fail {2}(Integrity|Mirror) .*damaged .*Run `dunetrace-mcp sync`/m);
  expect(code).toBe(5);
});

test('a mirror from before the first release is filled anew, and doctor names what was moved aside', async () => {
  const { place } = await synced();
  const old = new Database(place.file);
  old.pragma('user_version = 13');
  old.close();
  const before = await run(['doctor'], place);
  expect(before.stdout).toMatch(/fail {2}Mirror .* by an unreleased dunetrace-mcp\. Run `dunetrace-mcp sync`/);
  const { stderr, stdout } = await run(['sync'], place);
  expect(stderr).toContain('was written by an unreleased dunetrace-mcp. It was moved to');
  expect(stdout).toMatch(/Runs: +3 \(3 new\)/);
  const after = await run(['doctor'], place);
  expect(after.stdout.replaceAll(place.file, '<file>')).toMatch(
    /warn {2}Moved aside {2}<file>\.outdated-\w+ \(\d+ MB\)/,
  );
});

test("another program's file, or a folder, gets no advice on its access", async () => {
  const { place } = await synced();
  const foreign = `${place.file}.foreign`;
  const sqlite = new Database(foreign);
  sqlite.exec('CREATE TABLE x (a)');
  sqlite.close();
  chmodSync(foreign, 0o644);
  for (const file of [foreign, place.folder]) {
    const { code, stdout } = await run(['doctor'], { env: { ...place.env, DUNETRACE_DB: file } });
    expect(stdout).toMatch(/^fail {2}Mirror .*Set DUNETRACE_DB/m);
    expect(stdout).not.toMatch(/Access/);
    expect(code).toBe(5);
  }
});

test('who polls, and who else has the file open', async () => {
  const { place } = await synced();
  const server = await connect(place);
  await askUntil(
    () => server.call('get_mirror_status'),
    ({ text }) => text.includes('process'),
  );
  const { stdout } = await run(['doctor'], place);
  expect(stdout).toMatch(new RegExp(`^ok {4}Poller +process ${server.pid} on `, 'm'));
  expect(stdout).toMatch(new RegExp(`^ok {4}Processes +1 other on the file: ${server.pid}$`, 'm'));
});

test('errors of the last pass are told', async () => {
  const { api, place } = await synced();
  api.fail({ kind: 'html' }, { times: 3 });
  await run(['sync', '--quiet'], place);
  const { code, stdout } = await run(['doctor'], place);
  expect(stdout).toMatch(/^warn {2}Last error .*HTML instead of JSON/m);
  expect(code).toBe(6);
});

test('a clock that is off is named', async () => {
  const server = createServer((_, response) => {
    response.setHeader('date', new Date(Date.now() - 7_200_000).toUTCString());
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ agents: [], page: { total: 0, limit: 1, offset: 0, has_more: false } }));
  });
  const { stdout } = await run(['doctor'], createPlace(await serveOnLoopback(server)));
  expect(stdout).toMatch(/^warn {2}Clock .*clock is 2h ahead of the server's/m);
});

test('--json has the same, for programs', async () => {
  const { place } = await synced();
  const { code, stdout } = await run(['doctor', '--json'], place);
  const told: unknown = JSON.parse(stdout);
  expect(told).toMatchObject({
    exit_code: 0,
    verdict: 'healthy',
    summary: 'Healthy. All that was looked at works.',
    checks: expect.arrayContaining([{ level: 'ok', check: 'Node', message: process.version }]),
  });
  expect(code).toBe(0);
});

test('status and doctor say whether texts are hashed or kept, and where the setting is another', async () => {
  const { place } = await synced();
  const keeping = { env: { ...place.env, DUNETRACE_CONTENT: 'keep' } };
  const [hashed, ahead] = [await run(['status'], place), await run(['doctor'], keeping)];
  expect(hashed.stdout).toContain('\nTexts:      hashed (DUNETRACE_CONTENT=hash)\n');
  expect(ahead.stdout).toMatch(/^warn {2}Texts +hashed, while DUNETRACE_CONTENT is keep: the next pass follows/m);
  const { stderr } = await run(['sync'], keeping);
  expect(stderr).toContain('texts are kept from now on (DUNETRACE_CONTENT=keep)');
  const [kept, after] = [await run(['status', '--json'], keeping), await run(['doctor'], keeping)];
  expect(JSON.parse(kept.stdout)).toMatchObject({ texts: 'kept' });
  expect(after.stdout).toMatch(/^ok {4}Texts +kept as sent \(DUNETRACE_CONTENT=keep\)/m);
  const back = await run(['sync'], place);
  expect(back.stderr).toMatch(/texts that were kept are hashed, and removed from /);
  expect((await run(['doctor'], place)).stdout).toMatch(/^ok {4}Texts +hashed/m);
});

test('how long the events of runs will take is told', async () => {
  const { place } = await synced();
  const waiting = await run(['doctor'], { env: { ...place.env, DUNETRACE_EVENTS_DAYS: '30' } });
  expect(waiting.stdout).toMatch(
    /^ok {4}Events +0 of 3 runs have theirs; a server fetches the rest in about 1s \(DUNETRACE_EVENTS_DAYS=30, DUNETRACE_RPM=300\)$/m,
  );
  const sqlite = new Database(place.file);
  sqlite.exec('update runs set detail_at = 1; update run_days set with_events = runs');
  sqlite.close();
  const done = await run(['doctor'], { env: { ...place.env, DUNETRACE_EVENTS_DAYS: '30' } });
  expect(done.stdout).toMatch(
    /^ok {4}Events +3 of 3 runs have theirs; none is left to fetch \(DUNETRACE_EVENTS_DAYS=30\)$/m,
  );
});
