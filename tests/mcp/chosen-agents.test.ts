import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { bloated, fillSmallFleet, looping } from '../support/small-fleet.ts';

/** What people meet of DUNETRACE_AGENTS: answers, status, doctor, and why an agent is not there. */

const other = 'billing agent №7';
const globs = 'research-*,!*-test';
const choice = 'DUNETRACE_AGENTS limits the mirror to research-*, !*-test.';

async function setUp(env: Record<string, string> = { DUNETRACE_AGENTS: globs }) {
  const api = await startFakeCustomerApi({ generation: 3 });
  fillSmallFleet(api.backend, Date.now() / 1000);
  api.backend.plainLists.set('/v1/policies', [
    { id: 1, agent_id: '*', name: 'all', enabled: true },
    { id: 2, agent_id: other, name: 'theirs', enabled: true },
  ]);
  const place = createPlace(api.url, { DUNETRACE_API_KEY: 'dt_dev_test', ...env });
  expect(await run(['sync', '--quiet'], place)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  return { api, place };
}

test('answers about all agents say that only some are mirrored, by choice, and those about one need not', async () => {
  const { place } = await setUp();
  const { call } = await connect(place);
  const agents = await call('list_agents');
  expect(agents.structured).toMatchObject({ total: 1, items: [{ agent_id: 'research-agent' }] });
  expect(agents.text).toContain(
    'Not all of the API is mirrored, by choice: only the agents that DUNETRACE_AGENTS names (research-*, !*-test).',
  );
  expect(agents.structured).toMatchObject({ freshness: { covered: false, only_agents: 'research-*, !*-test' } });
  const { structured } = await call('summarize_agent', { agent_id: 'research-agent' });
  expect(structured.freshness).toMatchObject({ covered: true });
  expect(structured.freshness).not.toHaveProperty('only_agents');
});

test('a question about another agent, or what is its, says why it is not there', async () => {
  const { place, api } = await setUp();
  const { call } = await connect(place);
  await call('list_agents');
  const before = api.requests.length;
  for (const tool of ['summarize_agent', 'get_agent_signals', 'search_signals', 'refresh_mirror']) {
    const { isError, text } = await call(tool, { agent_id: other });
    expect([tool, isError, text]).toEqual([
      tool,
      true,
      expect.stringContaining(`Agent "${other}" is not mirrored: ${choice}`),
    ]);
  }
  expect(api.requests.slice(before).filter(({ path }) => path.includes('billing'))).toEqual([]);
  expect((await call('get_run_detail', { run_id: bloated })).text).toContain(`"${other}" is not mirrored: ${choice}`);
  expect((await call('get_signal_detail', { signal_id: 1 })).text).toContain(
    'The mirror has no signal #1. It may be of an agent that DUNETRACE_AGENTS (research-*, !*-test) leaves out.',
  );
  expect((await call('get_signal_detail', { signal_id: 1, agent_id: other })).text).toContain('is not mirrored');
  expect((await call('list_agent_fixes', { agent_id: other })).text).toContain(choice);
  const policies = await call('list_policies', { agent_id: other });
  expect(policies.structured).toMatchObject({ items: [{ id: 1 }] });
  expect(policies.text).toContain(`Agent "${other}" is not mirrored`);
  expect((await call('get_run_detail', { run_id: looping })).isError).toBe(false);
  // Nothing of them was stored on the way.
  const { stdout } = await run(['sql', '--format', 'csv', 'select agent_id from agents'], place);
  expect(stdout).toBe('agent_id\nresearch-agent\n');
});

test('the same while the API is down', async () => {
  const { place, api } = await setUp();
  await api.stop();
  const { call } = await connect(place);
  expect((await call('summarize_agent', { agent_id: other })).text).toContain(choice);
});

test('status, get_mirror_status and doctor say it, and doctor what the next pass will change', async () => {
  const { place } = await setUp();
  const said = 'only research-*, !*-test (DUNETRACE_AGENTS); not all of the API is mirrored, by choice';
  expect((await run(['status'], place)).stdout).toContain(`Agents:     ${said}`);
  expect(JSON.parse((await run(['status', '--json'], place)).stdout)).toMatchObject({
    only_agents: 'research-*, !*-test',
  });
  expect((await (await connect(place)).call('get_mirror_status')).structured).toMatchObject({
    only_agents: 'research-*, !*-test',
    agents_total: 1,
  });
  expect((await run(['doctor'], place)).stdout).toMatch(
    new RegExp(`^ok {4}Agents +${said.replace(/[*()]/g, '\\$&')}$`, 'm'),
  );
  const { DUNETRACE_AGENTS: _, ...unset } = place.env;
  expect((await run(['doctor'], { env: unset })).stdout).toMatch(
    /^warn {2}Agents .* while DUNETRACE_AGENTS is not set: the next pass follows the setting\.$/m,
  );
  expect(await run(['sync', '--quiet'], { env: unset })).toMatchObject({ code: 0 });
  expect((await run(['status'], { env: unset })).stdout).toMatch(/billing agent №7/);
  expect((await run(['doctor'], { env: unset })).stdout).not.toMatch(/Agents /);
});

test('a wrong glob, and an agent that is left out, are errors of use', async () => {
  const { place } = await setUp();
  const wrong = await run(['sync'], { env: { ...place.env, DUNETRACE_AGENTS: 'prod-{a,b}' } });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('DUNETRACE_AGENTS has "prod-{a"') });
  for (const args of [['sync'], ['sync', '--check']])
    expect(await run([...args, '--agent', other], place)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(choice),
    });
  expect(await run(['sync', '--check'], place)).toMatchObject({ code: 0 });
});
