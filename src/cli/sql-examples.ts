/** Common questions, and the statements that answer them. */
export const sqlExamples: readonly { answers: string; sql: string }[] = [
  {
    answers: 'Which failures are most frequent, and how many runs and agents they touch',
    sql: `SELECT failure_type, count(*) AS signals, count(DISTINCT run_id) AS runs, count(DISTINCT agent_id) AS agents
FROM v_signals GROUP BY failure_type ORDER BY signals DESC`,
  },
  {
    answers: 'Signals of each day of the last two weeks, by severity',
    sql: `SELECT date(detected_at, 'unixepoch') AS day, sum(severity = 'CRITICAL') AS critical, sum(severity = 'HIGH') AS high,
  count(*) AS signals
FROM v_signals WHERE detected_at > unixepoch() - 14 * 86400 GROUP BY day ORDER BY day`,
  },
  {
    answers: 'The share of runs that failed, agent by agent',
    sql: `SELECT agent_id, count(*) AS runs, sum(signal_count > 0) AS failed,
  round(100.0 * sum(signal_count > 0) / count(*), 1) AS percent
FROM v_runs GROUP BY agent_id ORDER BY percent DESC`,
  },
  {
    answers: 'Whether a new version fails more often than the one before',
    sql: `SELECT agent_id, agent_version, min(started_at_iso) AS since, count(*) AS runs,
  round(100.0 * avg(signal_count > 0), 1) AS failed_percent
FROM v_runs GROUP BY agent_id, agent_version ORDER BY agent_id, since`,
  },
  {
    answers: 'The ten newest severe signals, with their explanation',
    sql: `SELECT detected_at_iso, agent_id, failure_type, title, what
FROM v_signals WHERE severity IN ('CRITICAL', 'HIGH') ORDER BY detected_at DESC LIMIT 10`,
  },
  {
    answers: 'Which failures come together in one run',
    sql: `SELECT a.failure_type, b.failure_type AS with_it, count(DISTINCT a.run_id) AS runs
FROM v_signals a JOIN v_signals b ON b.run_id = a.run_id AND b.failure_type > a.failure_type
GROUP BY 1, 2 ORDER BY runs DESC`,
  },
  {
    answers: 'The longest runs',
    sql: `SELECT run_id, agent_id, round(completed_at - started_at, 1) AS seconds, step_count, exit_reason
FROM v_runs WHERE completed_at IS NOT NULL ORDER BY seconds DESC LIMIT 10`,
  },
  {
    answers: 'At which hour of the day (UTC) runs fail',
    sql: `SELECT strftime('%H', started_at, 'unixepoch') AS hour, count(*) AS runs, sum(signal_count > 0) AS failed
FROM v_runs GROUP BY hour ORDER BY hour`,
  },
  {
    answers: 'What the detectors saw: a field of the evidence, by value',
    sql: `SELECT failure_type, field.key AS field, field.value, count(*) AS signals
FROM v_signals, json_each(v_signals.evidence) AS field
WHERE field.type NOT IN ('object', 'array') GROUP BY 1, 2, 3 ORDER BY signals DESC LIMIT 20`,
  },
  {
    answers: 'The first fix that is suggested for each type of failure',
    sql: `SELECT failure_type, json_extract(suggested_fixes, '$[0].description') AS fix, count(*) AS signals
FROM v_signals WHERE json_array_length(suggested_fixes) > 0 GROUP BY 1, 2 ORDER BY signals DESC LIMIT 20`,
  },
  {
    answers: 'What tools are called, how often they fail, and how slow they are (of runs whose events are mirrored)',
    sql: `SELECT tool_name, count(*) AS calls, sum(success = 0) AS failed, round(avg(latency_ms)) AS mean_ms,
  max(latency_ms) AS max_ms
FROM v_run_events WHERE event_type = 'tool.responded' GROUP BY tool_name ORDER BY calls DESC`,
  },
  {
    answers: 'Tokens of prompts, by agent and model (of runs whose events are mirrored)',
    sql: `SELECT agent_id, model, count(*) AS calls, sum(prompt_tokens) AS prompt_tokens
FROM v_run_events WHERE model IS NOT NULL GROUP BY 1, 2 ORDER BY prompt_tokens DESC`,
  },
  {
    answers: 'Since when each agent has had each failure, and whether it still has it',
    sql: `SELECT agent_id, failure_type, min(detected_at_iso) AS since, max(detected_at_iso) AS newest, count(*) AS signals
FROM v_signals GROUP BY 1, 2 ORDER BY newest DESC`,
  },
  {
    answers: 'How sure the detectors are, and how many signals came with an alert',
    sql: `SELECT failure_type, round(avg(confidence), 2) AS mean_confidence, round(min(confidence), 2) AS least,
  sum(alerted) AS alerted, count(*) AS signals
FROM v_signals GROUP BY failure_type ORDER BY mean_confidence DESC`,
  },
  {
    answers: 'At which step each failure shows, and in how long a run',
    sql: `SELECT s.failure_type, round(avg(s.step_index), 1) AS mean_step, round(avg(r.step_count), 1) AS of_steps
FROM v_signals s JOIN v_runs r ON r.run_id = s.run_id GROUP BY s.failure_type ORDER BY mean_step`,
  },
  {
    answers: 'What failed runs cost, beside those that went well (where the API says it)',
    sql: `SELECT agent_id, has_signals AS failed, count(*) AS runs, round(avg(total_tokens)) AS mean_tokens,
  round(sum(cost_usd), 4) AS usd
FROM v_runs GROUP BY 1, 2 ORDER BY usd DESC`,
  },
  {
    answers: 'The inputs that fail again and again (of runs whose events are mirrored)',
    sql: `SELECT e.agent_id, e.input_hash, count(*) AS runs, sum(r.has_signals) AS failed
FROM v_run_events e JOIN v_runs r ON r.run_id = e.run_id
WHERE e.event_type = 'run.started' AND e.input_hash IS NOT NULL
GROUP BY 1, 2 HAVING failed > 1 ORDER BY failed DESC LIMIT 10`,
  },
  {
    answers: 'The tool that was called at the step of a signal (of runs whose events are mirrored)',
    sql: `SELECT s.failure_type, e.tool_name, count(DISTINCT s.id) AS signals
FROM v_signals s JOIN v_run_events e ON e.run_id = s.run_id AND e.step_index = s.step_index
WHERE e.event_type = 'tool.called' GROUP BY 1, 2 ORDER BY signals DESC`,
  },
  {
    answers: 'Which agents reported last, and how many failures the API counts for them',
    sql: `SELECT agent_id, last_seen_iso, run_count, signal_count, critical_count + high_count AS severe
FROM v_agents WHERE gone_at IS NULL ORDER BY last_seen DESC`,
  },
  {
    answers: 'How much of each agent is mirrored, and which errors stop the rest',
    sql: `SELECT a.agent_id, s.list, s.rows, datetime(s.completed_at, 'unixepoch') AS last_complete_pass, s.error
FROM sync_state s JOIN agents a ON a.id = s.agent ORDER BY a.agent_id, s.list`,
  },
];
