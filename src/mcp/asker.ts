import { CLIENT_INFO_META_KEY, type Server, type ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Asker } from './answer-forms.ts';

const envelopeShape = z.object({ [CLIENT_INFO_META_KEY]: z.object({ name: z.string() }) });

/** Who sent a request. A session's client has said so at its start; without sessions each request may say it. */
export function askerOf(server: Pick<Server, 'getClientVersion'>, { mcpReq }: Pick<ServerContext, 'mcpReq'>): Asker {
  const { envelope } = mcpReq;
  if (envelope === undefined) return { name: server.getClientVersion()?.name };
  return { name: envelopeShape.safeParse(envelope).data?.[CLIENT_INFO_META_KEY].name };
}
