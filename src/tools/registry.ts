import type { Tool } from './define-tool.ts';
import { getAgentRunsTool } from './get-agent-runs.ts';
import { getAgentSignalsTool } from './get-agent-signals.ts';
import { getInstrumentationGuideTool } from './get-instrumentation-guide.ts';
import { getRunDetailTool } from './get-run-detail.ts';
import { listAgentsTool } from './list-agents.ts';

/** Every tool, in the order in which clients list them. */
export const tools: readonly Tool[] = [
  listAgentsTool,
  getAgentSignalsTool,
  getRunDetailTool,
  getAgentRunsTool,
  getInstrumentationGuideTool,
];
