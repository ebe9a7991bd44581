import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { EXTENSION_ID, RESOURCE_MIME_TYPE } from '@modelcontextprotocol/ext-apps/server';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { newestRevision } from '../support/client-eras.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { callTool, connect, startHttpServer } from '../support/mcp-client.ts';
import { connectPictures, pictureCapabilities } from '../support/picture-client.ts';
import { createPlace, mainScript, type Place, run } from '../support/program.ts';
import { fillReportWorld } from '../support/report-world.ts';

/** What clients get that show pictures (MCP Apps), and that others get nothing of it. */

const drawn = {
  summarize_agent: 'ui://dunetrace-mcp/agent',
  get_agent_patterns: 'ui://dunetrace-mcp/agent',
  get_run_detail: 'ui://dunetrace-mcp/runs',
  compare_runs: 'ui://dunetrace-mcp/runs',
  get_whats_new: 'ui://dunetrace-mcp/news',
};
const pages = [...new Set(Object.values(drawn))];
const maxPageBytes = 120_000;

const toolsShape = z.object({
  tools: z.array(z.looseObject({ name: z.string(), _meta: z.looseObject({}).optional() })),
});
const resourcesShape = z.object({ resources: z.array(z.looseObject({ uri: z.string() })) });
const pageShape = z.object({
  contents: z.tuple([z.object({ uri: z.string(), mimeType: z.string(), text: z.string() })]),
});

/** A mirror of the report's world, whose API is gone: a server that has asked for scores would say more than another. */
async function mirrored(): Promise<Place> {
  const api = await startFakeCustomerApi();
  fillReportWorld(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' });
  expect(await run(['sync', '--quiet'], place)).toMatchObject({ code: 0 });
  await api.stop();
  return place;
}

interface Lists {
  listTools(): Promise<unknown>;
  listResources(): Promise<unknown>;
}

async function listsOf(client: Lists) {
  const { tools } = toolsShape.parse(await client.listTools());
  const { resources } = resourcesShape.parse(await client.listResources());
  return { tools, resources };
}

const linksOf = ({ tools }: Awaited<ReturnType<typeof listsOf>>) =>
  Object.fromEntries(
    tools.flatMap(({ name, _meta }) => {
      const { ui } = z
        .object({ ui: z.object({ resourceUri: z.string() }) })
        .parse(_meta ?? { ui: { resourceUri: '' } });
      return ui.resourceUri === '' ? [] : [[name, ui.resourceUri]];
    }),
  );

test('tools name their page, and pages are resources; everything else is as for clients without', async () => {
  const place = await mirrored();
  const [shown, plain] = [await listsOf(await connectPictures(place)), await listsOf((await connect(place)).client)];
  expect(linksOf(shown)).toEqual(drawn);
  expect(linksOf(plain)).toEqual({});
  expect(shown.tools.map(({ _meta, ...tool }) => tool)).toEqual(plain.tools);
  expect(JSON.stringify(plain)).not.toMatch(/ui:\/\/|mcp-app|"_meta"/);
  const own = shown.resources.filter(({ uri }) => uri.startsWith('ui:'));
  expect(own.map(({ uri, mimeType }) => [uri, mimeType])).toEqual(pages.map((uri) => [uri, RESOURCE_MIME_TYPE]));
  expect(shown.resources.filter(({ uri }) => !uri.startsWith('ui:'))).toEqual(plain.resources);
});

test.each(['stdio', 'http'] as const)(
  'without sessions, over %s, each request says what its client shows',
  async (way) => {
    const place = await mirrored();
    const url = way === 'http' ? new URL(`${(await startHttpServer(place)).url}/mcp`) : undefined;
    const listed = async (capabilities: object) => {
      const client = new Client(
        { name: 'tests', version: '0' },
        { capabilities, versionNegotiation: { mode: { pin: newestRevision } } },
      );
      onTestFinished(() => client.close());
      const command = { command: process.execPath, args: [mainScript], env: place.env, stderr: 'ignore' as const };
      await client.connect(url ? new StreamableHTTPClientTransport(url) : new StdioClientTransport(command));
      return listsOf(client);
    };
    expect(linksOf(await listed(pictureCapabilities))).toEqual(drawn);
    expect(linksOf(await listed({}))).toEqual({});
    expect(linksOf(await listed({ extensions: { [EXTENSION_ID]: { mimeTypes: ['text/plain'] } } }))).toEqual({});
    expect(linksOf(await listed({ extensions: { [EXTENSION_ID]: {} } }))).toEqual({});
  },
);

test('a client that gets text alone also gets what pictures are drawn of, and only that', async () => {
  const place = await mirrored();
  const asked = async (env: Record<string, string> = {}) => {
    const client = await connectPictures({ env: { ...place.env, ...env } }, 'Visual Studio Code');
    const lists = await listsOf(client);
    const sent = async (name: string, args: object = {}) =>
      'structuredContent' in (await client.callTool({ name, arguments: { ...args } }));
    return {
      links: linksOf(lists),
      described: lists.tools.filter((tool) => 'outputSchema' in tool).length,
      sent: [await sent('summarize_agent', { agent_id: 'busy-agent' }), await sent('list_agents')],
    };
  };
  expect(await asked()).toEqual({ links: drawn, described: 0, sent: [true, false] });
  expect(await asked({ DUNETRACE_ANSWERS: 'text' })).toEqual({ links: {}, described: 0, sent: [false, false] });
});

test.each(pages)('%s is whole in itself, may load nothing, and is small', async (uri) => {
  const client = await connectPictures(createPlace('http://127.0.0.1:9'));
  const { contents } = pageShape.parse(await client.readResource({ uri }));
  const [{ mimeType, text }] = contents;
  expect([contents[0].uri, mimeType]).toEqual([uri, RESOURCE_MIME_TYPE]);
  expect(Buffer.byteLength(text)).toBeLessThan(maxPageBytes);
  const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(text)?.[1] ?? '';
  expect(policy.split('; ').map((rule) => rule.replace(/sha256-\S+'/, "sha256'"))).toEqual([
    "default-src 'none'",
    "script-src 'sha256'",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(text).not.toMatch(/\b(src|href)=|@import|<style|<link/i);
});

test('a page that there is not is an error that names none', async () => {
  const client = await connectPictures(createPlace('http://127.0.0.1:9'));
  await expect(client.readResource({ uri: 'ui://dunetrace-mcp/nope' })).rejects.toThrow(/no resource/);
  await expect(client.readResource({ uri: 'ui://dunetrace-mcp/../package.json' })).rejects.toThrow(/no resource/);
});

const pictureShape = z.object({
  days: z.array(z.string()),
  series: z.array(z.object({ name: z.string(), counts: z.array(z.number()) })),
  versions: z.array(z.looseObject({ agent_version: z.string() })),
  hours: z.array(z.array(z.number()).length(24)).length(7),
});
const sum = (counts: readonly number[]) => counts.reduce((total, each) => total + each, 0);

test.each([
  ['summarize_agent', 30, {}],
  ['get_agent_patterns', 7, {}],
  ['get_agent_patterns', 3, { days: 3 }],
] as const)('the picture of %s is of %i days, and others do not pay for it', async (name, days, args) => {
  const place = await mirrored();
  const asked = { agent_id: 'busy-agent', ...args };
  const { text, structured } = await callTool(await connectPictures(place), name, asked);
  const plain = await (await connect(place)).call(name, asked);
  const { picture, freshness: _, ...rest } = structured;
  const { freshness: __, ...plainRest } = plain.structured;
  expect(rest).toEqual(plainRest);
  expect(text.split('\nSource:')[0]).toBe(plain.text.split('\nSource:')[0]);
  const { days: named, series, versions, hours } = pictureShape.parse(picture);
  expect(named).toHaveLength(days);
  expect(named.at(-1)).toBe(new Date().toISOString().slice(0, 10));
  expect(series.map(({ name: type, counts }) => [type, sum(counts), counts.length])).toEqual([
    ['TOOL_LOOP', 5, days],
    ['CONTEXT_BLOAT', 1, days],
  ]);
  expect(sum(hours.flat())).toBe(6);
  expect(versions).toMatchObject([
    { agent_version: 'v2', affected_runs: 5, total_runs: 5, verdict: 'regression' },
    { agent_version: 'v1', affected_runs: 0, total_runs: 5 },
  ]);
});
