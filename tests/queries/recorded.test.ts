import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Reader } from '../../src/db/open.ts';
import { failureDetail } from '../../src/queries/failure-detail.ts';
import { agentHealth } from '../../src/queries/health.ts';
import { inputPatterns } from '../../src/queries/input-patterns.ts';
import { agentPatterns } from '../../src/queries/patterns.ts';
import { tokenStats } from '../../src/queries/token-stats.ts';
import {
  inputNames,
  isRecorded,
  mirrorOf,
  recordedJson,
  recordedRows,
  serveRecording,
} from '../support/recorded-api.ts';
import {
  answersOf,
  failurePattern,
  healthScore,
  type InputRow,
  insights,
  insights1,
  type TokenWindowRow,
  tokenStatsAnswer,
} from '../support/recorded-shapes.ts';

/**
 * Our answers against what real servers computed of the same rows. What can't be equal, as the servers go by times that they
 * do not send:
 * - Runs count by when they were last analysed, here by their start. Among the recorded ones that is another day for one,
 *   whose late event had it analysed again: `analysedAgain`. (Signals detected late do not matter: they count with their run.)
 * - Events count by when they arrived. In the recording they did so when they were sent, but for the last seconds.
 * - The recorded answers were computed some seconds after the recording was made: `computedAfter`.
 * - Ties at the end of the 20 input patterns come in any order.
 */
const computedAfter = 4;
const analysedAgain = { agentId: 'policy-agent', days: ['2026-11-25', '2026-11-27'] };
const analytics = ['health-score', 'token-stats', 'insights', 'failure-patterns'];

const round = (value: number, digits: number) => Number(value.toFixed(digits));
const runIdsOf = (generation: 1 | 3) =>
  z
    .array(z.object({ run_id: z.string(), agent_id: z.string() }))
    .parse(recordedRows(generation, 'runs.ndjson'))
    .map(({ run_id }) => run_id);

/** Patterns of inputs without the ties that the end of the list cuts. */
function uncut(rows: readonly InputRow[]): InputRow[] {
  const last = rows.at(-1);
  if (rows.length < 20 || !last) return rows.toSorted(byKey);
  const isLast = (row: InputRow) =>
    round(row.rate, 2) === round(last.rate, 2) && row.triggered_count === last.triggered_count;
  return rows.filter((row) => !isLast(row)).toSorted(byKey);
}
const byKey = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

const inputRows = (reader: Reader, agentId: string, names: ReadonlyMap<string, string>) =>
  inputPatterns(reader, agentId).patterns.map(({ inputHash, failureType, affectedRuns, totalRuns, rate }) => ({
    input_hash: names.get(inputHash) ?? inputHash,
    failure_type: failureType,
    triggered_count: affectedRuns,
    total_runs: totalRuns,
    rate: round(rate, 2),
  }));

const plain = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const columnsOf = {
  v_runs:
    'run_id, agent_id, agent_version, started_at, completed_at, exit_reason, step_count, signal_count, total_tokens, cost_usd, has_signals',
  v_signals:
    'id, failure_type, severity, run_id, agent_id, agent_version, step_index, confidence, detected_at, co_signal_count, alerted, shadow',
} as const;

/** Every row, but for what it holds as JSON or text, which other tests compare. */
function checkRows(reader: Reader): void {
  for (const [view, file] of [
    ['v_runs', 'runs.ndjson'],
    ['v_signals', 'signals.ndjson'],
  ] as const) {
    const names = columnsOf[view].split(', ');
    const ours = z.array(plain).parse(reader.sqlite.prepare(`select ${columnsOf[view]} from ${view}`).all());
    const readable = ours.filter(({ agent_id: id }) => !String(id).includes('/'));
    const theirs = recordedRows(3, file).flatMap((row) => {
      const sent = z.record(z.string(), z.unknown()).parse(row);
      const values = names.map((name) => [
        name,
        typeof sent[name] === 'boolean' ? Number(sent[name]) : (sent[name] ?? null),
      ]);
      // Lists of an agent whose id holds a slash are not found.
      return String(sent.agent_id).includes('/') ? [] : [Object.fromEntries(values)];
    });
    expect(readable.toSorted(byKey)).toEqual(theirs.toSorted(byKey));
    expect(theirs.length).toBeGreaterThan(300);
  }
}

function checkHealth(reader: Reader, at: number): void {
  const health = answersOf(healthScore, recordedJson(3, 'health-score.json'));
  expect(health.size).toBeGreaterThan(8);
  for (const [agentId, { score, components, sample_runs, baseline_ready }] of health) {
    const ours = agentHealth(reader, agentId, at);
    expect([agentId, ours.score, ours.sampleRuns, ours.isBaselineReady]).toEqual([
      agentId,
      score,
      sample_runs,
      baseline_ready,
    ]);
    const parts = ours.components.map(({ name, score: points, max, value, baseline }) => [
      name,
      { score: points, max, value, baseline },
    ]);
    expect([agentId, Object.fromEntries(parts)]).toEqual([agentId, components]);
  }
}

function checkTokens(reader: Reader, at: number): void {
  const tokens = answersOf(tokenStatsAnswer, recordedJson(3, 'token-stats.json'));
  expect(tokens.size).toBeGreaterThan(8);
  for (const [agentId, { windows, waste_by_failure_type }] of tokens) {
    const ours = tokenStats(reader, agentId, at, () => undefined);
    const rows = ours.map((window): [string, TokenWindowRow] => [
      `${window.days}d`,
      {
        total_tokens: window.totalTokens ?? 0,
        prompt_tokens: window.promptTokens ?? 0,
        completion_tokens: window.completionTokens ?? 0,
        total_cost_usd: usd(window.costUsd),
        run_count: window.runs,
        failed_run_tokens: window.failedTokens ?? 0,
        failed_run_cost_usd: usd(window.failedCostUsd),
        failed_run_count: window.failedRuns,
        // Of the cost, not of the tokens.
        failed_pct: window.costUsd ? round((window.failedCostUsd ?? 0) / window.costUsd, 3) : 0,
        excess_tokens: window.excess.tokens,
        excess_cost_usd: usd(window.excess.cost),
        // Half a token goes to the even neighbour.
        baseline_tokens: window.baselineTokens === null ? null : Math.floor(window.baselineTokens),
        prevented_tokens: window.prevented.tokens,
        prevented_cost_usd: usd(window.prevented.cost),
        blocked_run_count: window.stoppedRuns,
        projected_monthly_excess_tokens: window.projected.tokens,
        projected_monthly_excess_cost_usd: usd(window.projected.cost),
      },
    ]);
    expect([agentId, Object.fromEntries(rows)]).toEqual([agentId, windows]);
    const types = ours.at(-1)?.types.map(({ failureType, runs, tokens: wasted, costUsd }) => ({
      failure_type: failureType,
      wasted_tokens: wasted,
      wasted_cost_usd: usd(costUsd),
      affected_runs: runs,
    }));
    expect([agentId, types?.toSorted(byKey)]).toEqual([agentId, waste_by_failure_type.toSorted(byKey)]);
  }
}

function checkInsights(reader: Reader, at: number): void {
  const names = inputNames(reader, 3);
  const known = answersOf(insights, recordedJson(3, 'insights.json'));
  expect(known.size).toBeGreaterThan(8);
  for (const [agentId, server] of known) {
    const systemic = agentPatterns(reader, agentId, { days: 7, end: at }).types.map((type) => ({
      failure_type: type.failureType,
      total_runs: type.totalRuns,
      affected_runs: type.affectedRuns,
      rate: round(type.rate, 3),
      first_seen: type.firstSeen,
      last_seen: type.lastSeen,
      is_systemic: type.isSystemic,
    }));
    expect([agentId, systemic.toSorted(byKey)]).toEqual([agentId, server.systemic_patterns.toSorted(byKey)]);
    expect([agentId, uncut(inputRows(reader, agentId, names))]).toEqual([agentId, uncut(server.input_patterns)]);
    const { rates } = agentPatterns(reader, agentId, { days: 30, end: at });
    const daily = rates.map((rate) => ({
      failure_type: rate.failureType,
      day: rate.day,
      total_runs: rate.totalRuns,
      affected_runs: rate.affectedRuns,
      rate: round(rate.rate, 3),
    }));
    expect([agentId, sureDays(agentId, daily)]).toEqual([agentId, sureDays(agentId, server.failure_rates)]);
  }
}

function checkFailurePatterns(reader: Reader, at: number): void {
  for (const [agentId, failureType, server] of failurePatterns()) {
    const ours = failureDetail(reader, agentId, failureType, at);
    const { overview, co_occurring, daily_trend } = server;
    expect([agentId, failureType, ours.ever]).toMatchObject([
      agentId,
      failureType,
      {
        affectedRuns: overview.affected_runs,
        totalRuns: overview.total_runs,
        firstSeen: overview.first_seen,
        lastSeen: overview.last_seen,
      },
    ]);
    const together = ours.together.map(({ failureType: other, runs }) => ({
      failure_type: other,
      co_count: runs,
      co_rate: round(runs / ours.affectedRuns, 3),
    }));
    expect([agentId, failureType, together.slice(0, 8).toSorted(byKey)]).toEqual([
      agentId,
      failureType,
      co_occurring.toSorted(byKey),
    ]);
    const trend = ours.trend.map(({ day, affectedRuns, totalRuns, rate }) => ({
      day,
      affected_runs: affectedRuns,
      total_runs: totalRuns,
      rate: round(rate, 3),
    }));
    expect([agentId, failureType, sureDays(agentId, trend)]).toEqual([
      agentId,
      failureType,
      sureDays(agentId, daily_trend),
    ]);
  }
}

describe.skipIf(!isRecorded(3))('on the recorded backend of generation 3', () => {
  const at = isRecorded(3)
    ? z.object({ recorded_at: z.number() }).parse(recordedJson(3, 'recorded-at.json')).recorded_at + computedAfter
    : 0;

  test("rows, health, tokens, patterns and failure patterns are the server's, which is not asked for them", async () => {
    const reader = await mirrorOf(await serveRecording(3, { without: analytics }), at, runIdsOf(3));
    checkRows(reader);
    checkHealth(reader, at);
    checkTokens(reader, at);
    checkInsights(reader, at);
    checkFailurePatterns(reader, at);
  }, 120_000);
});

/** To four decimals, as the server has it. */
const usd = (value: number | null) => round(value ?? 0, 4);

/** Without the days between which a run moved. */
function sureDays<Row extends { day: string }>(agentId: string, rows: readonly Row[]): Row[] {
  const isSure = ({ day }: Row) => agentId !== analysedAgain.agentId || !analysedAgain.days.includes(day);
  return rows.filter(isSure).toSorted(byKey);
}

/** What the server says of failure types that it has patterns of. */
function failurePatterns() {
  const agents = z.record(z.string(), z.unknown()).parse(recordedJson(3, 'failure-patterns.json'));
  return Object.entries(agents).flatMap(([agentId, types]) =>
    [...answersOf(failurePattern, types)].map(([failureType, answer]) => [agentId, failureType, answer] as const),
  );
}

describe.skipIf(!isRecorded(1))('on the recorded backend of generation 1', () => {
  test("input patterns and daily trends are the server's", async () => {
    const times = z.array(z.object({ last_seen: z.number() })).parse(recordedJson(1, 'agents.json'));
    const detected = z.array(z.object({ detected_at: z.number() })).parse(recordedRows(1, 'signals.ndjson'));
    const end = Math.max(...times.map((row) => row.last_seen), ...detected.map((row) => row.detected_at)) + 1;
    const reader = await mirrorOf(await serveRecording(1), end, runIdsOf(1));
    const known = z.record(z.string(), insights1).parse(recordedJson(1, 'insights.json'));
    expect(Object.keys(known).length).toBeGreaterThan(3);
    // The server's window of 30 times 24 hours cuts its first day, which is whole here.
    const firstWholeDay = new Date((end - 29 * 86_400) * 1000).toISOString().slice(0, 10);
    for (const [agentId, server] of Object.entries(known)) {
      expect([agentId, uncut(inputRows(reader, agentId, new Map()))]).toEqual([agentId, uncut(server.input_patterns)]);
      const theirs = new Map<string, number>();
      for (const { failure_type: type, day, count } of server.signal_trends)
        if (day >= firstWholeDay) theirs.set(`${type} ${day}`, (theirs.get(`${type} ${day}`) ?? 0) + count);
      const { trends, dayNames } = agentPatterns(reader, agentId, { days: 90, end });
      const ours = trends.flatMap(({ failureType, counts }) =>
        counts.flatMap((count, index): [string, number][] => {
          const day = dayNames[index] ?? '';
          return count > 0 && day >= firstWholeDay ? [[`${failureType} ${day}`, count]] : [];
        }),
      );
      expect(new Map(ours.toSorted()), agentId).toEqual(new Map([...theirs].toSorted()));
    }
  }, 120_000);
});
