import type { AnswerSetting } from '../config.ts';

/** What an answer consists of. Each form is complete: the same facts, as text or as JSON. */
export type AnswerForm = Exclude<AnswerSetting, 'auto'>;

/** What a client says of itself. */
export interface Asker {
  /** undefined: it gives no name. */
  name: string | undefined;
}

/**
 * Clients that hand answers to a model and to nothing else, by the names under which public code and logs know them.
 * Text alone is what suits them. With structured content beside it Claude Code and Codex show their model only the JSON,
 * at half as many tokens again; Copilot CLI, Cline and LangChain show both, at more than twice the tokens; Gemini CLI
 * and Continue drop the JSON. (Measured for this project with mock models; reported, among others, in
 * anthropics/claude-code#79944 and github/copilot-cli#4515.)
 *
 * An entry stands for itself, and for what begins with it: "Visual Studio Code - Insiders", "cursor-vscode",
 * "qwen-cli-mcp-client-<server>", "claude-ai (via mcp-remote 0.1.37)".
 */
export const textClients: readonly string[] = [
  'amp-mcp-client',
  'Anthropic', // Anthropic/ClaudeAI: the name of pooled connections
  'antigravity',
  'Cherry Studio',
  'ChatGPT',
  'claude', // claude-ai, claude-code, Claude Desktop
  'Cline', // and @cline/core
  'Code - OSS',
  'codex', // codex-mcp-client
  'com.raycast',
  'continue-cli-client',
  'continue-client',
  'copilot', // copilot-cli
  'crush',
  'cursor', // cursor-vscode
  'Devin',
  'factory-cli',
  'gemini-cli', // gemini-cli-mcp-client, and -<server>
  'github-copilot', // github-copilot-developer: Copilot CLI
  'Google Antigravity',
  'goose', // goose-cli, goose-desktop
  'grok', // grok-shell-<server>, grok-cli
  'hermes-agent',
  'JetBrains', // JetBrains-IU-copilot-intellij
  'kilo', // Kilo-Code
  'kimi-code',
  'Kiro', // Kiro CLI
  'langchain-mcp-adapter',
  'librechat', // @librechat/api-client
  'lm-studio',
  'local-agent-mode', // local-agent-mode-<server>: Cowork
  'Mistral',
  'openai-mcp', // openai-mcp (ChatGPT), openai-mcp (Codex)
  'opencode',
  'perplexity',
  'Q-DEV-CLI',
  'qwen', // qwen-cli-mcp-client-<server>, qwen-code
  'Roo-Code',
  'Visual Studio', // Visual Studio Code, Visual-Studio-Code
  'Windsurf', // windsurf-client
  'Xcode-copilot',
  'Zed',
];

/** Characters of a name that are looked at: a client may send any text. */
const maxName = 200;

/** A name in small letters, with one hyphen for whatever stands between its words. */
const plain = (name: string): string =>
  name
    .slice(0, maxName)
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join('-');

const textNames = textClients.map(plain);

function readsTextAlone(name: string): boolean {
  const given = plain(name);
  return textNames.some((known) => given === known || given.startsWith(`${known}-`));
}

/**
 * The form for a client: what the setting says, or by itself text alone for clients of which nothing but a model reads
 * it. All others get both: programs such as Inspector, mcporter and those made with an SDK read the structured content,
 * and of an unknown client nobody knows.
 */
export function answerForm(setting: AnswerSetting, { name }: Asker): AnswerForm {
  if (setting !== 'auto') return setting;
  return name !== undefined && readsTextAlone(name) ? 'text' : 'both';
}
