import { EXTENSION_ID, RESOURCE_MIME_TYPE } from '@modelcontextprotocol/ext-apps/server';
import { CLIENT_CAPABILITIES_META_KEY, type Server, type ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';

const capabilitiesShape = z.object({
  extensions: z.object({ [EXTENSION_ID]: z.object({ mimeTypes: z.array(z.unknown()) }) }),
});
const envelopeShape = z.object({ [CLIENT_CAPABILITIES_META_KEY]: capabilitiesShape });

/**
 * Whether the client that sent a request shows the pictures of tools: the extension "MCP Apps", with pages in HTML. A
 * session's client has said so at its start; without sessions each request says it.
 */
export function showsPictures(
  server: Pick<Server, 'getClientCapabilities'>,
  { mcpReq: { envelope } }: Pick<ServerContext, 'mcpReq'>,
): boolean {
  const said =
    envelope === undefined
      ? capabilitiesShape.safeParse(server.getClientCapabilities()).data
      : envelopeShape.safeParse(envelope).data?.[CLIENT_CAPABILITIES_META_KEY];
  return said?.extensions[EXTENSION_ID].mimeTypes.includes(RESOURCE_MIME_TYPE) ?? false;
}
