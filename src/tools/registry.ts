import type { Reader } from '../db/open.ts';
import { recordListsByName } from '../lists/records.ts';
import { isMissing } from '../queries/records.ts';
import { breakdownTool } from './breakdown.ts';
import { compareRunsTool } from './compare-runs.ts';
import { compareVersionsTool } from './compare-versions.ts';
import type { Tool } from './define-tool.ts';
import { findSimilarRunsTool } from './find-similar-runs.ts';
import { getAgentHealthTool } from './get-agent-health.ts';
import { getAgentPatternsTool } from './get-agent-patterns.ts';
import { getAgentRunsTool } from './get-agent-runs.ts';
import { getAgentSignalsTool } from './get-agent-signals.ts';
import { getAgentTokenStatsTool } from './get-agent-token-stats.ts';
import { getConversationTool } from './get-conversation.ts';
import { getFailurePatternDetailTool } from './get-failure-pattern-detail.ts';
import { getFixStatusTool } from './get-fix-status.ts';
import { getInstrumentationGuideTool } from './get-instrumentation-guide.ts';
import { getIssueTool } from './get-issue.ts';
import { getMirrorStatusTool } from './get-mirror-status.ts';
import { getRunDetailTool } from './get-run-detail.ts';
import { getSignalDetailTool } from './get-signal-detail.ts';
import { getWhatsNewTool } from './get-whats-new.ts';
import { listAgentFixesTool } from './list-agent-fixes.ts';
import { listAgentIssuesTool } from './list-agent-issues.ts';
import { listAgentsTool } from './list-agents.ts';
import { listApprovalsTool } from './list-approvals.ts';
import { listConversationsTool } from './list-conversations.ts';
import { listCustomDetectorsTool } from './list-custom-detectors.ts';
import { listPoliciesTool } from './list-policies.ts';
import { queryMirrorTool } from './query-mirror.ts';
import { refreshMirrorTool } from './refresh-mirror.ts';
import { searchIssuesTool } from './search-issues.ts';
import { searchSignalsTool } from './search-signals.ts';
import { summarizeAgentTool } from './summarize-agent.ts';

/** Every tool, in the order in which clients list them. */
export const tools: readonly Tool[] = [
  listAgentsTool,
  getAgentSignalsTool,
  getSignalDetailTool,
  getAgentHealthTool,
  getRunDetailTool,
  searchSignalsTool,
  getAgentPatternsTool,
  getFailurePatternDetailTool,
  summarizeAgentTool,
  getAgentRunsTool,
  getAgentTokenStatsTool,
  compareRunsTool,
  findSimilarRunsTool,
  breakdownTool,
  compareVersionsTool,
  getWhatsNewTool,
  searchIssuesTool,
  listAgentIssuesTool,
  getIssueTool,
  listAgentFixesTool,
  getFixStatusTool,
  listConversationsTool,
  getConversationTool,
  listApprovalsTool,
  listPoliciesTool,
  listCustomDetectorsTool,
  queryMirrorTool,
  getInstrumentationGuideTool,
  refreshMirrorTool,
  getMirrorStatusTool,
];

/** The tools to list: without those that need what the API was seen not to have. They cost each session's model tokens. */
export function offeredTools(mirror: Reader | undefined): readonly Tool[] {
  if (!mirror) return tools;
  return tools.filter(({ needs }) => needs === undefined || !isMissing(mirror, recordListsByName[needs]));
}
