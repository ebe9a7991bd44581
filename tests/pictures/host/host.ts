import type { CallToolRequest, CallToolResult } from '@modelcontextprotocol/client';
import type { McpUiHostCapabilities, McpUiHostContext } from '@modelcontextprotocol/ext-apps';
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';

/** A client's window that shows a page, made of the protocol's own package. Runs in a browser. */

interface Shown {
  html: string;
  capabilities: McpUiHostCapabilities;
  context: McpUiHostContext;
}

declare global {
  interface Window {
    /** Calls a tool of the server: the test does. */
    callServer(params: CallToolRequest['params']): Promise<CallToolResult>;
    show(shown: Shown): Promise<void>;
    sendResult(result: CallToolResult): Promise<void>;
    bridge: AppBridge;
    appVersion: unknown;
  }
}

window.show = async ({ html, capabilities, context }) => {
  const frame = document.createElement('iframe');
  // As hosts do it: scripts may run, and the page is of no origin.
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.srcdoc = html;
  document.body.replaceChildren(frame);
  const target = frame.contentWindow;
  if (!target) throw new Error('the frame has no window');
  const bridge = new AppBridge(null, { name: 'tests', version: '0' }, capabilities, { hostContext: context });
  window.bridge = bridge;
  bridge.oncalltool = (params) => window.callServer(params);
  bridge.addEventListener('sizechange', ({ height }) => {
    if (height !== undefined) frame.style.height = `${height}px`;
  });
  const initialized = new Promise<void>((resolve) => {
    bridge.addEventListener('initialized', () => resolve());
  });
  await bridge.connect(new PostMessageTransport(target, target));
  await initialized;
  window.appVersion = bridge.getAppVersion();
};

window.sendResult = async (result) => {
  await window.bridge.sendToolInput({ arguments: {} });
  await window.bridge.sendToolResult(result);
};
