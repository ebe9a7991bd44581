/** How the views belong together: each join's views, and the columns by which they join, as SQL has it after ON. */
export const joins: readonly { from: string; to: string; on: string; says: string }[] = [
  {
    from: 'v_runs',
    to: 'v_agents',
    on: 'v_runs.agent_id = v_agents.agent_id',
    says: 'the agent of a run; so for each view with an `agent_id`',
  },
  {
    from: 'v_signals',
    to: 'v_runs',
    on: 'v_signals.run_id = v_runs.run_id',
    says: 'the run that a signal was found in',
  },
  { from: 'v_run_events', to: 'v_runs', on: 'v_run_events.run_id = v_runs.run_id', says: 'the run of an event' },
  {
    from: 'v_signals',
    to: 'v_run_events',
    on: 'v_signals.run_id = v_run_events.run_id AND v_signals.step_index = v_run_events.step_index',
    says: 'what happened at the step of a signal',
  },
  {
    from: 'v_run_events',
    to: 'v_runs AS parent',
    on: 'v_run_events.parent_run_id = parent.run_id',
    says: 'the run that began the run of an event',
  },
  {
    from: 'v_runs',
    to: 'v_conversations',
    on: 'v_runs.conversation_id = v_conversations.id',
    says: 'the conversation of a run whose detail was fetched',
  },
  {
    from: 'v_conversation_runs',
    to: 'v_conversations',
    on: 'v_conversation_runs.conversation_id = v_conversations.id',
    says: 'the runs of a conversation, as the API lists them',
  },
  {
    from: 'v_conversation_runs',
    to: 'v_runs',
    on: 'v_conversation_runs.run_id = v_runs.run_id',
    says: 'the same, to the run',
  },
  {
    from: 'v_signals',
    to: 'v_issues',
    on: 'v_signals.agent_id = v_issues.agent_id AND v_signals.failure_type = v_issues.failure_type',
    says: 'the issue of a signal; so with `v_agent_issues`',
  },
  { from: 'v_fixes', to: 'v_signals', on: 'v_fixes.signal_id = v_signals.id', says: 'the signal that a fix is for' },
  { from: 'v_fixes', to: 'v_runs', on: 'v_fixes.run_id = v_runs.run_id', says: 'the run that a fix is for' },
  {
    from: 'v_approvals',
    to: 'v_runs',
    on: 'v_approvals.run_id = v_runs.run_id',
    says: 'the run that waits, or waited, for an approval',
  },
  {
    from: 'v_policy_evaluations',
    to: 'v_policies',
    on: 'v_policy_evaluations.policy_id = v_policies.id',
    says: 'the policy that judged',
  },
  {
    from: 'v_policy_evaluations',
    to: 'v_runs',
    on: 'v_policy_evaluations.run_id = v_runs.run_id',
    says: 'the run that was judged',
  },
];
