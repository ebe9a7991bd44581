import type { McpClient } from './client.ts';
import { editors } from './editors.ts';
import { terminals } from './terminals.ts';

/** Every MCP client that `config` knows. */
export const mcpClients = { ...terminals, ...editors } as const satisfies Record<string, McpClient>;

export type ClientName = keyof typeof mcpClients;
