import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { startProxy } from '../support/proxy.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

/** What a user is told of a proxy before the API. The API's name is none that any name server knows. */

const far = 'http://api.dunetrace.test:8002';
const warning = `dunetrace-mcp: warning: The API key goes to ${far} over plain HTTP, where everyone on the way can read it. Set DUNETRACE_API_URL to an https address.`;

async function farApi() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const { url } = await startProxy(Number(new URL(api.url).port));
  const place = createPlace(far, { HTTP_PROXY: url, DUNETRACE_API_KEY: 'dt_live_1', DUNETRACE_POLL_SECONDS: '1' });
  return { place, with: (proxy: string) => ({ env: { ...place.env, HTTP_PROXY: proxy } }) };
}

const unusable = 'The proxy in HTTP_PROXY is invalid. Set a URL with its scheme: HTTP_PROXY=http://proxy.corp:3128.';

test("a proxy that can't be used is every answer's note, and the mirror still answers", async () => {
  const far = await farApi();
  expect(await run(['sync', '--quiet'], far.place)).toEqual({ code: 0, stdout: '', stderr: `${warning}\n` });
  const { call, stderr } = await connect(far.with('proxy.corp:3128'));
  const first = await askUntil(
    () => call('list_agents'),
    ({ text }) => text.includes(unusable),
  );
  const answers = [first, await call('get_run_detail', { run_id: looping }), await call('get_mirror_status')];
  for (const { text } of answers) expect(text).toContain(unusable);
  expect(first.text).toContain('research-agent');
  expect((await call('refresh_mirror')).text).toContain(unusable);
  expect(stderr().split(warning)).toHaveLength(2);
});

test('so it is where nothing is mirrored yet', async () => {
  const { call } = await connect((await farApi()).with('proxy.corp:3128'));
  const answer = await askUntil(
    () => call('list_agents'),
    ({ text }) => text.includes(unusable),
  );
  expect(answer.text).not.toContain('No agents');
  const status = await askUntil(
    () => call('get_mirror_status'),
    ({ text }) => text.includes('Last error: The proxy'),
  );
  expect(status.text).toContain(unusable);
});

test('the command line names it, and a dead one, and a key that everyone can read', async () => {
  const far = await farApi();
  const sync = await run(['sync'], far.with('proxy.corp:3128'));
  expect([sync.code, sync.stderr.includes(unusable)]).toEqual([3, true]);
  const doctor = await run(['doctor'], far.with('http://127.0.0.1:9'));
  expect(doctor.stdout).toMatch(/^fail {2}API +The proxy http:\/\/127\.0\.0\.1:9 can't be reached \(ECONNREFUSED\)/m);
  expect(doctor.stdout).toMatch(/^warn {2}Key +The API key goes to .* over plain HTTP/m);
});
