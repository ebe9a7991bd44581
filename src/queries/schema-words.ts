import { recordColumns } from '../db/record-views.ts';
import { recordListsByName } from '../lists/records.ts';

/** What a column means, for people who use SQL. */
export interface Words {
  about: string;
  columns: Readonly<Record<string, string>>;
}

const unix = 'in Unix seconds';
const iso = (column: string) => `${column} in UTC, as ISO 8601`;
const extra = 'fields that a newer API sends, as a JSON object; NULL: none';
const gone = `when the mirror found that the API had dropped it, ${unix}; NULL: it is still there`;

/** The views are a stable interface: every one of their columns is described here. */
export const viewWords: Readonly<Record<string, Words>> = {
  v_agents: {
    about: 'An agent that the API ever listed.',
    columns: {
      agent_id: 'its id, as other views have it',
      last_seen: `when it last reported, ${unix}`,
      run_count: 'its runs, as the API counts them',
      signal_count: 'its signals, as the API counts them',
      critical_count: 'its signals of severity CRITICAL',
      high_count: 'its signals of severity HIGH',
      sparkline: 'its signals of the last seven days, oldest first, as a JSON array of numbers',
      failure_types: 'its signals by type, as a JSON object of type and count',
      extra,
      gone_at: gone,
      last_seen_iso: iso('last_seen'),
      gone_at_iso: iso('gone_at'),
    },
  },
  v_runs: {
    about: "A run of an agent's runs list.",
    columns: {
      run_id: 'its id, a UUID',
      agent_id: 'the agent that ran',
      agent_version: "the agent's version",
      started_at: `when it began, ${unix}`,
      completed_at: `when it ended, ${unix}; NULL: it has not`,
      exit_reason: 'how it ended: run.completed, run.errored or stalled',
      step_count: 'its highest step index',
      signal_count: 'its signals, as the API counts them',
      has_signals: '1 if it has signals, 0 if it has none',
      total_tokens: 'tokens that it used; NULL: the API does not say',
      cost_usd: 'what they cost, in US dollars; NULL: the API does not say',
      extra,
      events_expired: '1 if the API has dropped its events for age: what is shown is from before',
      gone_at: gone,
      started_at_iso: iso('started_at'),
      completed_at_iso: iso('completed_at'),
      gone_at_iso: iso('gone_at'),
      conversation_id:
        'the conversation that it is of, as its detail says: v_conversations.id; NULL: none, or its detail was not fetched',
      detail_extra: 'fields that only a newer API sends in its detail, as a JSON object; NULL: none',
    },
  },
  v_signals: {
    about: 'A signal: a failure that a detector found in a run.',
    columns: {
      id: 'its number',
      failure_type: 'what failed: TOOL_LOOP, COST_SPIKE, CONTEXT_BLOAT, ...',
      severity: 'CRITICAL, HIGH, MEDIUM or LOW',
      run_id: 'the run that it was found in',
      agent_id: 'the agent that ran',
      agent_version: "the agent's version",
      step_index: 'the step at which it was found',
      confidence: 'how sure the detector is, 0 to 1',
      detected_at: `when it was found, ${unix}`,
      evidence: 'what the detector saw, as a JSON object; hashes stand in for texts, unless DUNETRACE_CONTENT is keep',
      alerted: '1 if an alert was sent',
      shadow: '1 if the detector is only on trial',
      co_signal_count: 'other signals of the same run',
      title: 'one line on it',
      what: 'what happened',
      why_it_matters: 'what it leads to',
      evidence_summary: 'the evidence in a sentence',
      suggested_fixes: 'fixes, as a JSON array of objects with description, language and code',
      extra,
      gone_at: gone,
      detected_at_iso: iso('detected_at'),
      gone_at_iso: iso('gone_at'),
    },
  },
  v_run_events: {
    about: 'An event of a run whose detail was fetched.',
    columns: {
      run_id: 'the run that it belongs to',
      agent_id: 'the agent that ran',
      seq: 'its place in the run, from 0',
      event_type:
        'what it is: run.started, llm.called, llm.responded, tool.called, tool.responded, ...; (unread): it could not be read',
      step_index: 'the step that it belongs to',
      timestamp: `when it happened, ${unix}`,
      payload: 'all that it carries, as a JSON object; hashes stand in for texts, unless DUNETRACE_CONTENT is keep',
      parent_run_id: 'the run that began this one',
      model: "the payload's model",
      prompt_tokens: "the payload's tokens of the prompt",
      completion_tokens: "the payload's tokens of the answer",
      latency_ms: 'how long the call took, in milliseconds',
      tool_name: "the payload's tool",
      success: '1 if the call went well, 0 if not',
      input_hash: "the hash of the run's input, as the dashboard shows it: the same input has the same",
      extra,
      events_expired: '1 if the API has dropped the events since',
      gone_at: `when the mirror found that the API had dropped the run, ${unix}; NULL: it is still there`,
      timestamp_iso: iso('timestamp'),
      gone_at_iso: iso('gone_at'),
    },
  },
  ...Object.fromEntries(
    Object.values(recordListsByName).map((list) => [
      list.view,
      { about: list.about, columns: Object.fromEntries(recordColumns(list)) },
    ]),
  ),
};

/** For tables, which may change with any version: only what the view over them does not say. */
export const tableWords: Readonly<Record<string, Words>> = {
  names: {
    about: 'Short texts that repeat, each once; other tables hold their ids.',
    columns: { id: 'its code', name: 'a failure type, severity, version, exit reason, event type, model or tool' },
  },
  explanations: {
    about: 'What the API says of failures in words, each once; signals hold their ids.',
    columns: {
      id: 'its code in signals',
      hash: 'the first 16 bytes of the SHA-256 of all of it',
      failure_type: 'names.id',
    },
  },
  evidence: {
    about: 'What detectors saw.',
    columns: { key: 'signals.key', body: 'a JSON object' },
  },
  agents: {
    about: 'The rows behind v_agents.',
    columns: {
      id: 'its code in other tables',
      extra,
      gone_at: gone,
      pass: 'the pass that brought it; NULL: no list has shown it yet',
    },
  },
  runs: {
    about: 'The rows behind v_runs.',
    columns: {
      id: 'its code in other tables',
      agent: 'agents.id',
      version: 'names.id',
      exit_reason: 'names.id',
      input: 'the hash of its input; NULL: not known',
      detail_at: `when its events were stored, ${unix}; NULL: they were not, or the run has changed since`,
      is_undercounted: '1: signal_count may lack a signal that has just come',
      extra,
      gone_at: gone,
      pass: 'the pass that brought it; NULL: no list has shown it yet',
    },
  },
  signals: {
    about: 'The rows behind v_signals.',
    columns: {
      key: 'minus the id of the signal',
      agent: 'agents.id',
      run: 'runs.id',
      failure_type: 'names.id',
      severity: 'names.id',
      version: 'names.id',
      explanation: 'explanations.id',
      extra,
      gone_at: gone,
      pass: 'the pass that brought it',
    },
  },
  run_events: {
    about: 'The rows behind v_run_events.',
    columns: { run: 'runs.id', event_type: 'names.id', model: 'names.id', tool_name: 'names.id', extra },
  },
  sync_state: {
    about: 'How far each list of each agent is mirrored.',
    columns: {
      agent: 'agents.id',
      list: 'runs or signals',
      covered_from: `nothing after this is missing, ${unix}; 0: the whole list is here; NULL: nothing is yet`,
      rows: 'rows of the list that are here, without those that are gone',
      unread: "rows of the API's list that can't be read; while there are any, the list is not whole",
      unread_shape: 'what is wrong with one of them',
      completed_at: `when the last complete pass ended, ${unix}`,
      error: 'the error that keeps the list from being read; NULL: none',
    },
  },
  records: {
    about: 'The rows of the lists beside agents, runs and signals; their views show the fields.',
    columns: {
      list: 'the name of the list',
      key: 'what identifies the row',
      owner: "the agent whose list it is in; empty: the organisation's",
      place: 'its place in a list that is replaced whole',
      at: `its time in a list that is newest first, ${unix}`,
      body: 'its fields, as JSON',
      extra,
      gone_at: gone,
    },
  },
  record_lists: {
    about: 'How far each of these lists is mirrored.',
    columns: {
      list: 'its name',
      owner: "the agent whose list it is; empty: the organisation's",
      read_at: `when it was last read, ${unix}; NULL: not yet`,
      covered_from: `nothing after this is missing, ${unix}; 0: the whole list is here`,
      rows: 'its rows that are here',
      unread: "rows of the API's list that can't be read",
      unread_shape: 'what is wrong with one of them',
      error_kind: 'not_found: the API does not have the list',
      error: 'what keeps the list from being read; NULL: nothing',
      error_at: `when that was, ${unix}`,
    },
  },
  shared_ids: {
    about: "Ids in an agent's list that name another agent's row.",
    columns: { list: 'runs or signals', agent: 'agents.id', key: "the other agent's row: runs.id, or signals.key" },
  },
  fleet_state: {
    about: 'One row: the state of the whole sync.',
    columns: {
      only_agents: 'the only agents that are mirrored: the globs of DUNETRACE_AGENTS; NULL: all are',
      unread_agents: "rows of the agents list that can't be read",
      unread_shape: 'what is wrong with one of them',
      synced_at: `from then on the mirror may differ from the API, ${unix}`,
      completed_at: `when the last complete pass ended, ${unix}`,
      error: 'the error that keeps the API from being read; NULL: none',
    },
  },
  server_health: {
    about: "The server's own health score of an agent, where it computes one.",
    columns: { agent: 'agents.id', body: 'its answer, as JSON', fetched_at: `when the API sent it, ${unix}` },
  },
  lease: {
    about: 'At most one row: the process that polls for this file.',
    columns: { pid: 'its process id', host: 'its machine', expires_at: `unless renewed, ${unix}` },
  },
};
