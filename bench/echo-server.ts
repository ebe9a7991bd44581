import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

/** The floor of a tool call: the SDK's own server, which gives back what it was given, as text and as an object. */
const server = new McpServer({ name: 'echo', version: '0' });
const shape = { text: z.string() };
server.registerTool('echo', { inputSchema: shape, outputSchema: shape }, ({ text }) => ({
  content: [{ type: 'text', text }],
  structuredContent: { text },
}));
await server.connect(new StdioServerTransport());
