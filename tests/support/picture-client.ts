import { EXTENSION_ID, RESOURCE_MIME_TYPE } from '@modelcontextprotocol/ext-apps/server';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { onTestFinished } from 'vitest';
import { mainScript, type Place } from './program.ts';

/** What a client that shows pictures says of itself. */
export const pictureCapabilities = { extensions: { [EXTENSION_ID]: { mimeTypes: [RESOURCE_MIME_TYPE] } } };

/** A client that shows pictures, and a server of its own. */
export async function connectPictures({ env }: Pick<Place, 'env'>, name = 'tests'): Promise<Client> {
  const client = new Client({ name, version: '0' }, { capabilities: pictureCapabilities });
  onTestFinished(() => client.close());
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [mainScript], env, stderr: 'ignore' }),
  );
  return client;
}
