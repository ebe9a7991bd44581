import type { ClientName } from '../../src/clients/catalog.ts';
import { askCodex } from './codex.ts';
import { type Installed, said } from './installed.ts';
import { askCline, askCopilot, askKimi } from './prompts.ts';

/** The clients that the registry has, and how each says without a sign-in that it reaches this server. */

export interface RealClient {
  name: ClientName;
  /** The package with its version, and the program in it. */
  spec: string;
  program: string;
  /** What the client says of its servers. */
  ask(client: Installed): Promise<string>;
  /** Its words for a server that it has started, or has connected to. */
  says: RegExp;
}

const saying =
  (...args: string[]) =>
  (client: Installed) =>
    said(client, args);

export const realClients: readonly RealClient[] = [
  {
    name: 'claude-code',
    spec: '@anthropic-ai/claude-code@2.1.332',
    program: 'claude',
    ask: saying('mcp', 'list'),
    says: /^dunetrace: .* - ✔ Connected$/m,
  },
  {
    name: 'codex',
    spec: '@openai/codex@0.171.0',
    program: 'codex',
    ask: askCodex,
    says: /\bget_agent_health\b/,
  },
  {
    name: 'gemini',
    spec: '@google/gemini-cli@0.61.0',
    program: 'gemini',
    ask: (client) => said(client, ['mcp', 'list'], { GEMINI_CLI_TRUST_WORKSPACE: 'true' }),
    says: /✓ dunetrace: .* - Connected$/m,
  },
  {
    name: 'opencode',
    spec: 'opencode-ai@1.18.33',
    program: 'opencode',
    ask: saying('mcp', 'list'),
    says: /✓ dunetrace .*connected/,
  },
  {
    name: 'kilo',
    spec: '@kilocode/cli@7.7.7',
    program: 'kilo',
    ask: saying('mcp', 'list'),
    says: /✓ dunetrace .*connected/,
  },
  {
    name: 'copilot-cli',
    spec: '@github/copilot@1.0.102',
    program: 'copilot',
    ask: askCopilot,
    says: /\bdunetrace-get_agent_health\b/,
  },
  {
    name: 'qwen',
    spec: '@qwen-code/qwen-code@0.24.4',
    program: 'qwen',
    ask: saying('mcp', 'list'),
    says: /✓.* dunetrace: .* - Connected$/m,
  },
  {
    name: 'grok',
    spec: '@xai-official/grok@1.0.41',
    program: 'grok',
    ask: saying('mcp', 'doctor'),
    says: /✓ handshake OK [\s\S]*✓ \d\d tools discovered[\s\S]*Found 1 healthy, 0 failing/,
  },
  {
    name: 'cline',
    spec: 'cline@3.0.65',
    program: 'cline',
    ask: askCline,
    says: /\bdunetrace__get_agent_health\b/,
  },
  {
    name: 'kimi',
    spec: '@moonshot-ai/kimi-code@2.1.0',
    program: 'kimi',
    ask: askKimi,
    says: /\bmcp__dunetrace__get_agent_health\b/,
  },
  {
    name: 'amp',
    spec: '@sourcegraph/amp@0.0.1790142911-g7618fb',
    program: 'amp',
    ask: saying('mcp', 'list'),
    // It connects once its user has signed in; before, it only lists what it has read.
    says: /settings\.json\n +dunetrace +(command|url)/,
  },
];
