import type { Format } from './merge.ts';
import type { Locate, Scope } from './places.ts';
import type { Shape } from './shape.ts';

/** What we know about an MCP client: where it keeps its servers, and in what format. */
export interface McpClient {
  title: string;
  format: Format;
  /** The keys that lead to the table of servers. */
  path: readonly string[];
  /** The files of each scope: the first that exists is meant, or else the first. A client may lack a scope. */
  files: Partial<Record<Scope, readonly [Locate, ...Locate[]]>>;
  /** Where one of these is, the client is on this machine. */
  signs: { at: Locate; programs?: readonly string[] };
  shape: Shape;
  /** What else the client needs before it starts the server. */
  notes?: Partial<Record<Scope, string>>;
}
