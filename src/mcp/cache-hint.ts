import type { CacheHint, ServerContext } from '@modelcontextprotocol/server';

/** How long a client may keep a result; nobody else may. Sessions of earlier revisions know no such thing. */
export function cacheHint(ttlMs: number, { mcpReq }: Pick<ServerContext, 'mcpReq'>): CacheHint {
  return mcpReq.envelope === undefined ? {} : { ttlMs: Math.round(ttlMs), cacheScope: 'private' };
}
