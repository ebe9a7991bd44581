import type { CacheHint, ServerContext } from '@modelcontextprotocol/server';

/**
 * How long a client may keep a result. Only the client may, no shared cache. Sessions of earlier revisions have no such
 * hint.
 */
export function cacheHint(ttlMs: number, { mcpReq }: Pick<ServerContext, 'mcpReq'>): CacheHint {
  return mcpReq.envelope === undefined ? {} : { ttlMs: Math.round(ttlMs), cacheScope: 'private' };
}
