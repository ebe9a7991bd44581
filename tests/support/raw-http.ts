import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface RawRequest {
  method?: string;
  /** Any header, Host among them, which `fetch` would not let a test set. */
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
}

/** One HTTP request, exactly as asked for. */
export function ask(url: string, { method = 'GET', headers = {}, body }: RawRequest = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers, agent: false }, (res) => {
      text(res).then((got) => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: got }), reject);
    });
    req.once('error', reject);
    req.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** What an MCP client sends with each POST. */
export const mcpHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

export const initializeBody = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'tests', version: '0' } },
};

/** Begins a session at `url` (of a server over HTTP, without a path). @returns its id. */
export async function beginSession(url: string): Promise<string> {
  const { headers } = await ask(`${url}/mcp`, { method: 'POST', headers: mcpHeaders, body: initializeBody });
  return String(headers['mcp-session-id']);
}

/** The message of a JSON-RPC error. */
export function errorOf({ body }: RawAnswer): { code: number; message: string } {
  return JSON.parse(body).error;
}
