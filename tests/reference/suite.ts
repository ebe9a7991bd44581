/** The 199 behaviours of the Python server's own suite (0.4.5), by class. Names alone: what each is, the tests beside this say. */

const classes = {
  ListAgents: 'returns_table signal_counts failure_types last_seen no_agents',
  GetAgentSignals: 'lists severity_filter no_match_severity confidence suggested_fix empty_agent',
  GetAgentHealth: 'score components baseline_ready none_score',
  GetRunDetail: 'metadata signal event_timeline clean_run large_list_capped',
  SearchSignals: 'basic severity failure_type since_excludes since_zero agent_id limit signal_id no_results',
  GetSignalDetail: 'found evidence fixes code why not_found not_found_no_agent code_truncated_20 list_truncated',
  GetAgentPatterns: 'systemic daily_trend failure_rate input_patterns low_rate_hidden no_data',
  SummarizeAgent: 'score breakdown health_bar unknown health_fetch_failure',
  GetAgentRuns: 'run duration signal_flag no_runs',
  VoiceCalls:
    'list list_status list_cost list_filters list_blank_filters list_cap100 list_empty detail_metrics detail_talk_ratio detail_cost detail_signals detail_recording detail_no_signals detail_api_error',
  TokenStats:
    'header windows run_counts amounts token_pct cost_pct cost_figures sub_cent by_failure_type affected_runs singular api_error missing_windows million',
  Helpers: 'ts_none ago_none ago_s ago_m ago_h ago_d sev_icons score_icon',
  Guide:
    'langchain langgraph lc python custom-python typescript ts javascript node tools tool-calls tracking unknown case strip full_doc degrades',
  MainCLI: 'stdio sse sse_port port_without_sse help version',
  Resources: 'registered python_content langchain_content typescript_content missing_doc repo_docs lookup_locations',
  RunDetailExtra: 'total_tokens no_tokens_line parent_run',
  HealthExtra: 'not_ready',
  SearchExtra: 'combined session_latency',
  PatternsExtra: 'occasional',
  SummarizeExtra: 'no_signals_section',
  RunsExtra: 'limit5 cap100',
  GuideExtra: 'lc-graph lc_graph crewai autogen py nodejs voice voice_aliases otel_export otel_receiver',
  ClientHelpers: 'post patch delete_204 delete_200 post_connect get_connect',
  GetFixStatus: 'verdict recurrence_counts still_occurring insufficient_data api_error',
  TriggerExplain: 'root_cause fix_content open_pr native_policy blocked api_error',
  ListCustomDetectors: 'names status fire_rate empty',
  ListPolicies: 'names enabled action empty',
  CompareRuns: 'ids marker steps signals',
  ListAgentIssues: 'failure_types occurrences empty',
  GetIssue:
    'id_and_agent affected_runs root_cause_and_fix code_references_note missing_root_cause resolution_notes error',
  SearchIssues: 'across_agents total empty filters empty_filters',
  ResolveIssue: 'message post error',
  AgoISO: 'iso iso_z float none',
  Packaging:
    'served_are_bundled bundled_are_served bundled_exist list_not_empty checkout_read served_resolve unknown_says_where packaged_first wheel_has_docs',
} as const;

/** `GetIssue error` and the others. */
export const behaviours: readonly string[] = Object.entries(classes).flatMap(([about, names]) =>
  names.split(' ').map((name) => `${about} ${name}`),
);

const voice = 'Voice calls are not mirrored: the call of such a tool is answered with where they are.';
const onlyReads = 'This server sends nothing that changes something: the call is answered with where to do it.';
const costs = "It costs a model's call, and this server spends nothing: the call is answered with where to start it.";
const analysis =
  'The API finds the root cause of an issue by a paid call of a model; signals bring explanation and fix.';
const http = 'The inside of its HTTP client; this server sends GET requests alone.';
const wheel = 'How its wheel is packed. Here the guides are bundled, and tests/package.test.ts reads what is packed.';
const isoText =
  'Its API sent ISO times to a text helper; here the schema of each list reads them before anything is stored.';

/** What does not hold, on purpose or because there is nothing that it could hold of. Classes stand for all in them. */
export const leftOut: Readonly<Record<string, string>> = {
  'GetSignalDetail code_truncated_20': 'The code of a fix is shown whole: half a fix is of no use.',
  'SummarizeAgent health_bar': 'A bar says again what the points beside it say, and costs a model twenty characters.',
  'RunDetailExtra no_tokens_line': 'Where the tokens of a run are not known, the answer says so.',
  VoiceCalls: voice,
  'Resources repo_docs': wheel,
  'Resources lookup_locations': wheel,
  'ClientHelpers post': http,
  'ClientHelpers patch': http,
  'ClientHelpers delete_204': http,
  'ClientHelpers delete_200': http,
  'ClientHelpers post_connect': http,
  TriggerExplain: costs,
  'GetIssue code_references_note': analysis,
  'GetIssue missing_root_cause': analysis,
  ResolveIssue: onlyReads,
  'AgoISO iso': isoText,
  'AgoISO iso_z': isoText,
  Packaging: wheel,
};

const texts = 'tests/text/text.test.ts';
const marks = 'tests/text/marks.test.ts';
const guides = 'tests/reference/guides.test.ts';
const cli = 'tests/reference/arguments.test.ts';
const resources = 'tests/mcp/resources.test.ts';
const http_ = 'tests/mcp/http.test.ts';
const allGuides = [guides, 'its guides are here by all its names, and its documents by its addresses'] as const;
const noGuide = [guides, 'what it has no guide for has none here, and the answer names those there are'] as const;
const ends = [cli, '--help and --version end well'] as const;
const ages = [texts, '%d seconds are %s'] as const;

/** What other tests hold: the file, and a part of the title. Classes stand for what else is in them. */
export const heldBy: Readonly<Record<string, readonly [file: string, title: string]>> = {
  'Helpers ts_none': ['tests/text/runs.test.ts', 'of a run that had expired before the mirror met it nothing is known'],
  'Helpers ago_none': ['tests/text/agents.test.ts', 'agents are told with how long ago each was seen'],
  'AgoISO none': ['tests/text/agents.test.ts', 'agents are told with how long ago each was seen'],
  'Helpers ago_s': ages,
  'Helpers ago_d': ages,
  'AgoISO float': ages,
  'Helpers sev_icons': [marks, 'severity %s has the mark %s'],
  'Helpers score_icon': [marks, 'score %s has the mark %s'],
  'Guide unknown': noGuide,
  'GuideExtra crewai': noGuide,
  'GuideExtra autogen': noGuide,
  Guide: allGuides,
  GuideExtra: allGuides,
  'MainCLI stdio': ['tests/mcp/stdio.test.ts', 'the tools are listed with their schemas'],
  'MainCLI port_without_sse': [cli, 'dunetrace-mcp --port 9000 speaks MCP over stdio'],
  'MainCLI help': ends,
  'MainCLI version': ends,
  'MainCLI sse': [http_, 'clients of both kinds get the same answers'],
  'MainCLI sse_port': [http_, 'a port in use is named'],
  'Resources missing_doc': [resources, 'a URI that names nothing is an error that says so'],
  'Resources registered': allGuides,
  'Resources python_content': allGuides,
  'Resources langchain_content': allGuides,
  'Resources typescript_content': allGuides,
  'ClientHelpers get_connect': ['tests/mcp/stdio.test.ts', 'a first start with the API gone is an error'],
  'TokenStats api_error': ['tests/mcp/stdio.test.ts', 'a start with the API gone on an old mirror answers from it'],
};

/** An entry of its own, or that of its class. */
export const entryOf = <Entry>(entries: Readonly<Record<string, Entry>>, behaviour: string): Entry | undefined =>
  entries[behaviour] ?? entries[behaviour.split(' ')[0] ?? ''];
