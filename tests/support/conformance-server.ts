import {
  completable,
  type McpServer as Fixtures,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { HttpServer } from '../../src/mcp/http.ts';
import { startHttp } from '../../src/mcp/http.ts';
import { createListening } from '../../src/mcp/listening.ts';
import { createFakeClock } from './fake-clock.ts';
import { freePort } from './loopback.ts';

/** A red pixel, and a tenth of a second of silence. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const image = { type: 'image', data: png, mimeType: 'image/png' } as const;
const text = (words: string) => ({ type: 'text', text: words }) as const;
const embedded = (uri: string, words: string) =>
  ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: words } }) as const;
const promptOf = (content: ReturnType<typeof text> | typeof image | ReturnType<typeof embedded>) => ({
  messages: [{ role: 'user' as const, content }],
});

/** The tools that the suite calls: its names, its words. */
function addTools(server: Fixtures): void {
  const says = (name: string, ...content: Parameters<typeof promptOf>[0][]) =>
    server.registerTool(name, { description: name }, () => ({ content: [...content] }));
  says('test_simple_text', text('This is a simple text response for testing.'));
  says('test_image_content', image);
  says('test_embedded_resource', embedded('test://embedded-resource', 'This is an embedded resource content.'));
  says(
    'test_multiple_content_types',
    text('Multiple content types test:'),
    image,
    embedded('test://mixed-content-resource', '{"test":"data","value":123}'),
  );
  server.registerTool('test_audio_content', { description: 'audio' }, () => ({
    content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }],
  }));
  server.registerTool('test_error_handling', { description: 'an error' }, () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  const logs = async ({ mcpReq }: ServerContext) => {
    for (const words of ['Tool execution started', 'Tool processing data', 'Tool execution completed'])
      await mcpReq.log('info', words);
    return { content: [text('logged')] };
  };
  server.registerTool('test_tool_with_logging', { description: 'logs' }, logs);
  server.registerTool('test_logging_tool', { description: 'logs' }, logs);
  server.registerTool('test_tool_with_progress', { description: 'progress' }, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [0, 50, 100])
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    return { content: [text('done')] };
  });
}

function addResources(server: Fixtures): void {
  const plain = { mimeType: 'text/plain', description: 'for the suite' };
  const reads = (uri: string, words: string) =>
    server.registerResource(uri, uri, plain, () => ({ contents: [{ uri, mimeType: 'text/plain', text: words }] }));
  reads('test://static-text', 'This is the content of the static text resource.');
  reads('test://watched-resource', 'Watched resource content');
  server.registerResource('binary', 'test://static-binary', { mimeType: 'image/png' }, () => ({
    contents: [{ uri: 'test://static-binary', mimeType: 'image/png', blob: png }],
  }));
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined });
  server.registerResource('template', template, { mimeType: 'application/json' }, (uri, { id }) => ({
    contents: [
      { uri: uri.href, mimeType: 'application/json', text: JSON.stringify({ id, data: `Data for ID: ${id}` }) },
    ],
  }));
}

function addPrompts(server: Fixtures): void {
  const describe = (description: string) => ({ description });
  server.registerPrompt('test_simple_prompt', describe('simple'), () =>
    promptOf(text('This is a simple prompt for testing.')),
  );
  const words = () =>
    completable(z.string(), (typed) => ['paris', 'park', 'party'].filter((word) => word.startsWith(typed)));
  const argsSchema = z.object({ arg1: words(), arg2: z.string() });
  server.registerPrompt('test_prompt_with_arguments', { ...describe('arguments'), argsSchema }, ({ arg1, arg2 }) =>
    promptOf(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  const resourceArgs = z.object({ resourceUri: z.string() });
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { ...describe('a resource'), argsSchema: resourceArgs },
    ({ resourceUri }) => promptOf(embedded(resourceUri, 'Embedded resource content for testing.')),
  );
  server.registerPrompt('test_prompt_with_image', describe('an image'), () => promptOf(image));
}

/** What the suite wants to find in a server. Subscriptions are taken, and nothing ever changes. */
function createFixtures() {
  const server = new McpServer(
    { name: 'conformance', version: '0' },
    { capabilities: { logging: {}, resources: { subscribe: true }, tools: {}, prompts: {} } },
  );
  addTools(server);
  addResources(server);
  addPrompts(server);
  // As in the product, no list changes while a server runs.
  const fixed = { listChanged: false };
  server.server.registerCapabilities({ tools: fixed, prompts: fixed, resources: fixed });
  server.server.setRequestHandler('resources/subscribe', () => ({}));
  server.server.setRequestHandler('resources/unsubscribe', () => ({}));
  return server.server;
}

/** The suite's fixtures over HTTP, as the product serves its own tools: the same transports, sessions, guard and listening. */
export async function startConformanceServer(): Promise<HttpServer> {
  const log = { info: () => {}, warn: () => {} };
  const reader = () => Promise.reject(new Error('the fixtures have no mirror'));
  const port = await freePort();
  return startHttp({
    // The suite asks as a page of the server's own would; that one is allowed as any other is.
    settings: { host: '127.0.0.1', port, token: undefined, origins: [`http://127.0.0.1:${port}`] },
    createServer: createFixtures,
    createListening: (notify) => createListening({ reader, notices: { attach: () => () => {} }, log, notify }),
    createPages: () => ({ handlerOf: () => undefined }),
    clock: createFakeClock(),
    log,
    mirrorFile: () => Promise.reject(new Error('no mirror')),
    isPolled: async () => true,
    metrics: async () => '',
    version: '0',
  });
}
