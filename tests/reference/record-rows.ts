import { agent_id, long, quiet } from './records-fleet.ts';
import type { Rows } from './rows.ts';

const issue = { issue_id: 7 };

/** Of an agent with tokens, patterns, issues, fixes, policies and detectors. */
export const recordRows: Rows = {
  GetAgentHealth: [
    ['score', 'get_agent_health', { agent_id }, ['/100']],
    ['components', 'get_agent_health', { agent_id }, ['failure_rate', 'loop_avoidance', 'token_efficiency', 'latency']],
    ['baseline_ready', 'get_agent_health', { agent_id }, ['Baseline ready: yes']],
  ],
  HealthExtra: [['not_ready', 'get_agent_health', { agent_id: quiet }, ['no (need ≥30'], ['yes']]],
  GetAgentPatterns: [
    ['systemic', 'get_agent_patterns', { agent_id }, ['SYSTEMIC TOOL_LOOP']],
    ['daily_trend', 'get_agent_patterns', { agent_id }, ['daily signal counts', new Date().toISOString().slice(5, 10)]],
    ['failure_rate', 'get_agent_patterns', { agent_id }, ['; worst day ']],
    ['input_patterns', 'get_agent_patterns', { agent_id }, ['Input patterns', 'hash=abc123']],
    ['low_rate_hidden', 'get_agent_patterns', { agent_id }, ['hash=abc123'], ['def456']],
    ['no_data', 'get_agent_patterns', { agent_id: quiet }, ['Systemic patterns', ': none']],
  ],
  PatternsExtra: [['occasional', 'get_agent_patterns', { agent_id }, ['Occasional SESSION_LATENCY']]],
  SummarizeAgent: [
    ['score', 'summarize_agent', { agent_id }, ['Health score:', '/100']],
    ['health_fetch_failure', 'summarize_agent', { agent_id: quiet }, [quiet, 'Total runs:']],
  ],
  GetRunDetail: [['large_list_capped', 'get_run_detail', { run_id: long }, ['more events: pass events_from=40']]],
  RunDetailExtra: [['total_tokens', 'get_run_detail', { run_id: 'run-000' }, ['Tokens: 5,000']]],
  SearchExtra: [['session_latency', 'search_signals', { failure_type: 'SESSION_LATENCY' }, ['SESSION_LATENCY', '🟡']]],
  TokenStats: [
    ['header', 'get_agent_token_stats', { agent_id }, ['Token use of spender']],
    ['windows', 'get_agent_token_stats', { agent_id }, ['\n1d ', '\n7d ', '\n30d ']],
    ['run_counts', 'get_agent_token_stats', { agent_id }, ['FAILED RUNS', '  30  ', '  9  ']],
    ['amounts', 'get_agent_token_stats', { agent_id }, ['150,000', '45,000']],
    ['token_pct', 'get_agent_token_stats', { agent_id }, ['45,000 (30%)']],
    ['cost_pct', 'get_agent_token_stats', { agent_id }, ['$0.045 (30%)']],
    ['cost_figures', 'get_agent_token_stats', { agent_id }, ['$0.15', '$0.045']],
    ['sub_cent', 'get_agent_token_stats', { agent_id }, ['$0.005)'], ['¢']],
    ['by_failure_type', 'get_agent_token_stats', { agent_id }, ['by failure type', 'TOOL_LOOP', 'SESSION_LATENCY']],
    ['affected_runs', 'get_agent_token_stats', { agent_id }, ['40,000 (8 runs, ']],
    ['singular', 'get_agent_token_stats', { agent_id }, ['5,000 (1 run, '], ['(1 runs']],
    ['missing_windows', 'get_agent_token_stats', { agent_id: quiet }, ['Token use of quiet', '\n30d ']],
    ['million', 'get_agent_token_stats', { agent_id }, ['2,150,000']],
  ],
  GetFixStatus: [
    ['verdict', 'get_fix_status', { signal_id: 1 }, ['Signal #1', 'Verdict: verified']],
    ['recurrence_counts', 'get_fix_status', { signal_id: 1 }, ['0 of 15 runs since failed so']],
    ['still_occurring', 'get_fix_status', { signal_id: 2 }, ['Verdict: still occurring']],
    ['insufficient_data', 'get_fix_status', { signal_id: 3 }, ['Verdict: insufficient data']],
    ['api_error', 'get_fix_status', { signal_id: 9999 }, ['There is no signal #9999']],
  ],
  ListCustomDetectors: [
    ['names', 'list_custom_detectors', {}, ['high-cost-detector', 'strict-loop-guard']],
    ['status', 'list_custom_detectors', {}, [' shadow ', ' active ']],
    ['fire_rate', 'list_custom_detectors', {}, ['RUNS  FIRED ON TRIAL', '  50  3  ']],
  ],
  ListPolicies: [
    ['names', 'list_policies', {}, ['budget-guard', 'loop-guard']],
    ['enabled', 'list_policies', {}, ['enabled', 'disabled']],
    ['action', 'list_policies', {}, ['stop', 'switch_model']],
  ],
  ListAgentIssues: [
    ['failure_types', 'list_agent_issues', { agent_id }, ['TOOL_LOOP', 'COST_SPIKE'], ['resolved']],
    ['occurrences', 'list_agent_issues', { agent_id }, [' 46 ', ' 8 ']],
    ['empty', 'list_agent_issues', { agent_id: quiet }, ['No open issues']],
  ],
  GetIssue: [
    ['id_and_agent', 'get_issue', issue, ['#7', 'spender', 'TOOL_LOOP']],
    ['affected_runs', 'get_issue', issue, ['run=run-007']],
    ['root_cause_and_fix', 'get_issue', issue, ['repeats web_search', 'Fix: Deduplicate']],
    ['resolution_notes', 'get_issue', { issue_id: 9 }, ['Resolved by hand: Added a limit for each tool.']],
    ['error', 'get_issue', { issue_id: 999 }, ['There is no issue #999.']],
  ],
  SearchIssues: [
    ['across_agents', 'search_issues', {}, ['spender', 'other', 'TOOL_LOOP', 'COST_SPIKE']],
    ['empty', 'search_issues', { query: 'nonexistent' }, ['No issues match']],
    [
      'filters',
      'search_issues',
      { query: 'loop', status: 'open', agent_id, failure_type: 'TOOL_LOOP', limit: 5 },
      ['#7'],
      ['#8', '#9'],
    ],
    ['total', 'search_issues', { limit: 1 }, ['1 shown of 4 issues.']],
    ['empty_filters', 'search_issues', { query: '', status: '', agent_id: '', failure_type: '' }, ['#7', '#8', '#9']],
  ],
};

/** Of an installation in which there is nothing yet. */
export const emptyRows: Rows = {
  ListAgents: [['no_agents', 'list_agents', {}, ['The API lists no agents.']]],
  ListCustomDetectors: [['empty', 'list_custom_detectors', {}, ['no custom detectors', 'POST /v1/custom-detectors']]],
  ListPolicies: [['empty', 'list_policies', {}, ['no policies', 'POST /v1/policies']]],
};
