import type {
  LATEST_PROTOCOL_VERSION,
  McpUiHostContextChangedNotification,
  McpUiInitializedNotification,
  McpUiInitializeRequest,
  McpUiResourceTeardownRequest,
  McpUiSizeChangedNotification,
  McpUiToolCancelledNotification,
  McpUiToolInputNotification,
  McpUiToolResultNotification,
} from '@modelcontextprotocol/ext-apps';
import * as z from 'zod/mini';

/**
 * A page's connection to the program that shows it, by the MCP Apps protocol. The types are those of its own package,
 * and tests connect the two; the package's `App` would be 650 kB of a page that may have 120.
 */

const protocolVersion: typeof LATEST_PROTOCOL_VERSION = '2026-01-26';

/** What the host sends unasked, and asks. */
const methods: {
  cancelled: McpUiToolCancelledNotification['method'];
  context: McpUiHostContextChangedNotification['method'];
  input: McpUiToolInputNotification['method'];
  result: McpUiToolResultNotification['method'];
  teardown: McpUiResourceTeardownRequest['method'];
} = {
  cancelled: 'ui/notifications/tool-cancelled',
  context: 'ui/notifications/host-context-changed',
  input: 'ui/notifications/tool-input',
  result: 'ui/notifications/tool-result',
  teardown: 'ui/resource-teardown',
};

const params = z._default(z.record(z.string(), z.unknown()), {});
const idShape = z.union([z.string(), z.number()]);
const messageShape = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.optional(idShape),
  method: z.optional(z.string()),
  params,
  result: z.optional(z.unknown()),
  error: z.optional(z.object({ message: z.string() })),
});

const resultShape = z.object({
  content: z._default(z.array(z.object({ type: z.string(), text: z.optional(z.string()) })), []),
  structuredContent: z.optional(z.unknown()),
  isError: z.optional(z.boolean()),
});

/** A tool's answer. */
export interface ToolResult {
  text: string;
  structured: unknown;
  isError: boolean;
}

function toolResult(value: unknown): ToolResult {
  const { content = [], structuredContent, isError = false } = resultShape.safeParse(value).data ?? {};
  return { text: content.map(({ text = '' }) => text).join('\n'), structured: structuredContent, isError };
}

/** What a host says wrongly of one thing is left out; the rest counts. */
const lenient = <Shape extends z.ZodMiniType>(shape: Shape) => z.catch(z.optional(shape), undefined);

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length > 0;
  } catch {
    return false;
  }
}

const contextShape = z.object({
  theme: lenient(z.enum(['light', 'dark'])),
  locale: lenient(z.string().check(z.refine(isLocale))),
  styles: lenient(z.object({ variables: lenient(z.record(z.string(), z.unknown())) })),
  safeAreaInsets: lenient(z.object({ top: z.number(), right: z.number(), bottom: z.number(), left: z.number() })),
});

/** How the host wants its pages to look; what it leaves out stays as it is. */
export type HostContext = z.infer<typeof contextShape>;

const initializedShape = z.object({
  hostCapabilities: z.catch(z.object({ serverTools: z.optional(z.unknown()) }), {}),
  hostContext: z.catch(contextShape, {}),
});

export interface HostListener {
  onContext(context: HostContext): void;
  /** The tool is called; its answer follows. */
  onInput(): void;
  onResult(result: ToolResult): void;
  onCancelled(): void;
}

export interface Host {
  /** Calls a tool of the server through the host; undefined: the host does not do that. */
  callTool: ((name: string, args: Record<string, unknown>) => Promise<ToolResult>) | undefined;
  /** Tells the host how much room the page needs, in pixels. */
  tellHeight(height: number): void;
}

type Id = z.infer<typeof idShape>;
type Message = z.infer<typeof messageShape>;

/** Messages to and from the window that holds the page. */
function createWire(parent: Window) {
  const waiting = new Map<Id, PromiseWithResolvers<unknown>>();
  let asked = 0;
  const post = (message: Record<string, unknown>) => parent.postMessage({ jsonrpc: '2.0', ...message }, '*');
  return {
    post,
    ask: (method: string, given: object): Promise<unknown> => {
      asked += 1;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(asked, answer);
      post({ id: asked, method, params: given });
      return answer.promise;
    },
    settle: ({ id, result, error }: Message): void => {
      const answer = id === undefined ? undefined : waiting.get(id);
      if (id !== undefined) waiting.delete(id);
      if (error) answer?.reject(new Error(error.message));
      else answer?.resolve(result);
    },
  };
}

function hear({ method, params: given }: Message, listener: HostListener): void {
  if (method === methods.input) listener.onInput();
  if (method === methods.result) listener.onResult(toolResult(given));
  if (method === methods.cancelled) listener.onCancelled();
  if (method === methods.context) listener.onContext(contextShape.safeParse(given).data ?? {});
}

const notImplemented = -32601;

/** Connects to the window that holds the page. The listener hears of everything from then on. */
export async function connectHost(version: string, listener: HostListener): Promise<Host> {
  // A page's policy forbids to compile code, which zod would try.
  z.config({ jitless: true });
  const { parent } = window;
  const { post, ask, settle } = createWire(parent);
  window.addEventListener('message', ({ source, data }) => {
    const message = source === parent ? messageShape.safeParse(data).data : undefined;
    if (!message) return;
    const { id, method } = message;
    if (method === undefined) settle(message);
    else if (id === undefined) hear(message, listener);
    else if (method === 'ping' || method === methods.teardown) post({ id, result: {} });
    else post({ id, error: { code: notImplemented, message: `This page does not know ${method}.` } });
  });
  const hello: McpUiInitializeRequest = {
    method: 'ui/initialize',
    params: {
      appInfo: { name: 'dunetrace-mcp', version },
      appCapabilities: { availableDisplayModes: ['inline'] },
      protocolVersion,
    },
  };
  const { hostCapabilities, hostContext } = initializedShape.parse(await ask(hello.method, hello.params));
  listener.onContext(hostContext);
  const initialized: McpUiInitializedNotification = { method: 'ui/notifications/initialized' };
  post({ ...initialized });
  const callTool = async (name: string, args: Record<string, unknown>) =>
    toolResult(await ask('tools/call', { name, arguments: args }));
  return {
    callTool: hostCapabilities.serverTools === undefined ? undefined : callTool,
    tellHeight: (height) => {
      const changed: McpUiSizeChangedNotification = { method: 'ui/notifications/size-changed', params: { height } };
      post({ ...changed });
    },
  };
}
