import { clean, looping, spending } from './fleet.ts';

/**
 * What the Python server's own suite asserts of answers, by its names for it; where this server says the same in other
 * words, these.
 */

type Args = Record<string, unknown>;
/** [behaviour, tool, arguments, what the answer says, what it does not say] */
type Row = readonly [string, string, Args, readonly string[], (readonly string[])?];

export type Rows = Readonly<Record<string, readonly Row[]>>;

const agent_id = 'my-agent';

/** Of the fleet that its suite is mostly about. */
export const fleetRows: Rows = {
  ListAgents: [
    ['returns_table', 'list_agents', {}, ['my-agent', 'clean-agent']],
    ['signal_counts', 'list_agents', {}, ['my-agent  2  2  1  1']],
    ['failure_types', 'list_agents', {}, ['TOOL_LOOP×1', 'COST_SPIKE×1']],
    ['last_seen', 'list_agents', {}, ['m ago', 'h ago']],
  ],
  GetAgentSignals: [
    ['lists', 'get_agent_signals', { agent_id }, ['TOOL_LOOP', 'COST_SPIKE']],
    ['severity_filter', 'get_agent_signals', { agent_id, severity: 'CRITICAL' }, ['COST_SPIKE'], ['TOOL_LOOP']],
    ['no_match_severity', 'get_agent_signals', { agent_id, severity: 'LOW' }, ['0 shown, 0 matched']],
    ['confidence', 'get_agent_signals', { agent_id }, ['conf=90%']],
    ['suggested_fix', 'get_agent_signals', { agent_id }, ['Fix: Deduplicate tool calls']],
    ['empty_agent', 'get_agent_signals', { agent_id: 'ghost' }, ['There is no agent "ghost".']],
  ],
  GetRunDetail: [
    ['metadata', 'get_run_detail', { run_id: looping }, [looping, 'my-agent', 'v1.2.3', '30.0s']],
    ['signal', 'get_run_detail', { run_id: looping }, ['🟠', 'TOOL_LOOP', '[HIGH]']],
    [
      'event_timeline',
      'get_run_detail',
      { run_id: looping },
      ['run.started', 'llm.called', 'tool.called', 'web_search'],
    ],
    ['clean_run', 'get_run_detail', { run_id: clean }, ['Signals (0):']],
  ],
  RunDetailExtra: [['parent_run', 'get_run_detail', { run_id: looping, agent_id }, ['run.started']]],
  SearchSignals: [
    ['basic', 'search_signals', {}, ['TOOL_LOOP', 'COST_SPIKE']],
    ['severity', 'search_signals', { severity: 'CRITICAL' }, ['COST_SPIKE'], ['TOOL_LOOP']],
    ['failure_type', 'search_signals', { failure_type: 'TOOL_LOOP' }, ['TOOL_LOOP'], ['COST_SPIKE']],
    ['since_excludes', 'search_signals', { since_hours: 1 }, ['TOOL_LOOP'], ['COST_SPIKE']],
    ['since_zero', 'search_signals', { since_hours: 1, severity: 'CRITICAL' }, ['0 shown, 0 matched']],
    ['agent_id', 'search_signals', { agent_id }, ['agent=my-agent']],
    ['limit', 'search_signals', { limit: 1 }, ['1 shown, 2 matched']],
    ['signal_id', 'search_signals', {}, ['id=1', 'id=2']],
    ['no_results', 'search_signals', { agent_id: 'clean-agent' }, ['0 shown, 0 matched']],
  ],
  SearchExtra: [
    ['combined', 'search_signals', { failure_type: 'TOOL_LOOP', severity: 'HIGH' }, ['TOOL_LOOP'], ['COST_SPIKE']],
  ],
  GetSignalDetail: [
    ['found', 'get_signal_detail', { signal_id: 2, agent_id }, ['Signal #2', 'TOOL_LOOP']],
    ['evidence', 'get_signal_detail', { signal_id: 2, agent_id }, ['Evidence', 'args_identical']],
    ['fixes', 'get_signal_detail', { signal_id: 2, agent_id }, ['Suggested fixes', 'Deduplicate']],
    ['code', 'get_signal_detail', { signal_id: 2 }, ['```python', 'seen = set()']],
    ['why', 'get_signal_detail', { signal_id: 2 }, ['Why it matters:', 'Wastes tokens']],
    ['not_found', 'get_signal_detail', { signal_id: 9999, agent_id }, ['There is no signal #9999']],
    ['not_found_no_agent', 'get_signal_detail', { signal_id: 9999 }, ['There is no signal #9999']],
    ['list_truncated', 'get_signal_detail', { signal_id: 2 }, ['more']],
  ],
  SummarizeAgent: [
    ['breakdown', 'summarize_agent', { agent_id }, ['TOOL_LOOP', 'COST_SPIKE']],
    ['unknown', 'summarize_agent', { agent_id: 'ghost' }, ['There is no agent "ghost".', 'list_agents']],
  ],
  SummarizeExtra: [
    ['no_signals_section', 'summarize_agent', { agent_id: 'clean-agent' }, ['Total runs:'], ['Most recent signals']],
  ],
  GetAgentRuns: [
    ['run', 'get_agent_runs', { agent_id }, [`${looping.slice(0, 8)}…`]],
    ['duration', 'get_agent_runs', { agent_id }, ['30.0s']],
    ['signal_flag', 'get_agent_runs', { agent_id }, ['🔴 1']],
    ['no_runs', 'get_agent_runs', { agent_id: 'clean-agent', has_signals: true }, ['No runs.']],
  ],
  RunsExtra: [
    ['limit5', 'get_agent_runs', { agent_id, limit: 5 }, [`${looping.slice(0, 8)}…`]],
    ['cap100', 'get_agent_runs', { agent_id, limit: 999 }, ['100 was used']],
  ],
  CompareRuns: [
    ['ids', 'compare_runs', { run_id_1: looping, run_id_2: spending, agent_id }, [looping, spending]],
    ['marker', 'compare_runs', { run_id_1: looping, run_id_2: spending }, ['≠']],
    ['steps', 'compare_runs', { run_id_1: looping, run_id_2: spending }, ['steps']],
    ['signals', 'compare_runs', { run_id_1: looping, run_id_2: spending }, ['TOOL_LOOP×1', 'COST_SPIKE×1']],
  ],
  GetAgentHealth: [['none_score', 'get_agent_health', { agent_id }, ['❓', 'at least 3 are needed']]],
  Helpers: [
    ['ago_m', 'get_agent_signals', { agent_id, severity: 'HIGH' }, ['10m ago']],
    ['ago_h', 'get_agent_signals', { agent_id, severity: 'CRITICAL' }, ['2h ago']],
  ],
};
