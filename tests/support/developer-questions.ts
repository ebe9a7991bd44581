/**
 * What developers type, two questions a tool, in words of their own: whoever changes a description must not change
 * these to fit it.
 */
export const developerQuestions: Readonly<Record<string, readonly [string, string]>> = {
  list_agents: ['which bots do we have running in prod', 'show me everything dunetrace is watching'],
  get_agent_signals: [
    'what went wrong lately with the checkout bot',
    'recent problems of research-agent with suggested fix',
  ],
  get_signal_detail: ['explain alert #42 and how do I fix it', 'full evidence and code fix for one failure'],
  get_agent_health: ['how healthy is my bot, give me a score', 'is checkout-agent doing fine, rating out of 100'],
  get_run_detail: [
    'step by step trace of execution 3f2a9c1e',
    'open the link from the slack alert, what happened in that run',
  ],
  search_signals: ['find every critical error across the fleet since yesterday', 'grep failures mentioning timeout'],
  get_agent_patterns: ['is this bug recurring or just a fluke', 'how often does it fail per day this week'],
  get_failure_pattern_detail: [
    'deep dive into tool loops of one bot over the past month',
    'all about context bloat in support-agent: how often, at which step',
  ],
  summarize_agent: ['quick overview of the billing bot', 'give me a tldr on this agent before I dig in'],
  get_agent_runs: ['list the last executions of my agent', 'show successful sessions without any problem'],
  get_agent_token_stats: [
    'how much money does this bot burn on llm calls per month',
    'token usage and spend wasted on failures',
  ],
  compare_runs: ['diff a good execution against a bad one', 'where do these two traces start to differ'],
  find_similar_runs: [
    'has something like this happened before',
    'find past executions resembling this one that succeeded',
  ],
  breakdown: ['which tool breaks most often', 'total spend per model for the whole fleet'],
  compare_versions: ['did the latest release make things worse', 'regression between v1.2 and v1.3 after deploy'],
  get_whats_new: ['anything happened overnight?', 'catch me up since friday'],
  search_issues: ['list unresolved problems for the whole team', 'open tickets across all bots'],
  list_agent_issues: ['what is still broken in checkout-agent', 'unresolved bugs of one bot'],
  get_issue: ['show ticket 17', 'details of one issue and its latest occurrences'],
  list_agent_fixes: ['history of patches we applied to this bot', 'which of our fixes helped'],
  get_fix_status: ['did my patch solve the problem', 'is signal 42 gone after I deployed the change'],
  list_conversations: ['chats where the customer got annoyed', 'recent user threads of the support bot'],
  get_conversation: ['replay chat thread 12 from start to end', 'what did this user go through in the dialog'],
  list_approvals: ['which actions are waiting for human sign-off', 'pending permission requests from agents'],
  list_policies: ['what guardrails are active', 'rules that stop an agent or limit its budget'],
  list_custom_detectors: [
    'our own checks for bad behaviour, are they firing',
    'user defined alert rules that we wrote',
  ],
  query_mirror: ['run a select with group by on the database', 'custom sql report joining runs and failures'],
  get_instrumentation_guide: ['how do I add tracing to my langchain app', 'set up the sdk in my typescript project'],
  refresh_mirror: ['the data looks outdated, pull the latest now', 'force a sync'],
  get_mirror_status: [
    'is the local cache up to date and where is the file',
    'why is dunetrace not updating, any sync error',
  ],
};
