import { approvals } from './approvals.ts';
import { conversationRuns } from './conversation-runs.ts';
import { conversations } from './conversations.ts';
import { customDetectors } from './custom-detectors.ts';
import { fixes } from './fixes.ts';
import { agentIssues, issues } from './issues.ts';
import { policies } from './policies.ts';
import { policyEvaluations } from './policy-evaluations.ts';
import type { RecordList } from './record-list.ts';

/** The lists beside agents, runs and signals; each has a descriptor in this folder. */
export const recordListsByName = {
  policies,
  custom_detectors: customDetectors,
  issues,
  agent_issues: agentIssues,
  fixes,
  approvals,
  conversations,
  policy_evaluations: policyEvaluations,
  conversation_runs: conversationRuns,
} as const satisfies Record<string, RecordList>;

export type RecordListName = keyof typeof recordListsByName;

export const recordListNames = Object.values(recordListsByName).map(({ name }) => name);
