import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentRow } from '../../src/lists/agents.ts';
import { hashedContent } from '../../src/lists/content.ts';
import type { WireEvent } from '../../src/lists/run-detail.ts';
import { eventRow, inputHash } from '../../src/lists/run-detail.ts';
import { runRow } from '../../src/lists/runs.ts';
import type { WireSignal } from '../../src/lists/signals.ts';
import { runSignalRow, signalRow } from '../../src/lists/signals.ts';

const content = hashedContent('a secret');

const event = (payload: WireEvent['payload'], changes: Partial<WireEvent> = {}) =>
  eventRow({ row: { event_type: 'run.started', payload, ...changes }, extra: null }, content);

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

describe('an event', () => {
  test('has a hash in the place of a raw input', () => {
    const row = event({ input_text: 'Dear mother', tools: ['web_search'] });
    expect(md5('Dear mother')).toMatch(/^[0-9a-f]{32}$/);
    expect(row.inputHash).toBe(md5('Dear mother'));
    expect(JSON.parse(row.payload)).toEqual({ tools: ['web_search'], input_hash: md5('Dear mother') });
  });

  test('never shows a raw input, whatever it is', () => {
    const secret = 'S3CR3T-';
    const input = fc
      .oneof(fc.string(), fc.jsonValue(), fc.array(fc.string()))
      .map((value) => (typeof value === 'string' ? secret + value : { secret, value }));
    fc.assert(
      fc.property(input, fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.integer()), (value, others) => {
        const row = event({ ...others, input_text: value });
        expect(JSON.stringify(row)).not.toContain(secret);
        expect(JSON.stringify(row)).not.toContain('input_text');
      }),
    );
  });

  test('hashes UTF-8, and the same input alike', () => {
    expect(inputHash('')).toBe('d41d8cd98f00b204e9800998ecf8427e');
    expect(inputHash('№7 – naïve')).toBe(md5('№7 – naïve'));
    expect(event({ input_text: 'same' }).inputHash).toBe(event({ input_text: 'same', more: 1 }).inputHash);
  });

  test('keeps the hash that an older SDK sent; a raw input goes before it, as in the dashboard', () => {
    expect(event({ input_hash: 'abc' }).inputHash).toBe('abc');
    const both = event({ input_text: 'Dear mother', input_hash: 'abc' });
    expect(both.inputHash).toBe(md5('Dear mother'));
    expect(JSON.parse(both.payload)).toEqual({ input_hash: md5('Dear mother') });
  });

  test('has no hash where there is no input', () => {
    expect(event({ input_text: null })).toMatchObject({ inputHash: null });
    expect(event({})).toMatchObject({ inputHash: null });
  });

  test('has the columns that are asked about, and the whole payload', () => {
    const payload = {
      model: 'gpt-4o',
      prompt_tokens: 812,
      completion_tokens: 40,
      latency_ms: 12.5,
      tool_name: 'web_search',
      success: false,
      other: { deep: [1] },
    };
    expect(
      eventRow(
        {
          row: { event_type: 'tool.responded', step_index: 3, timestamp: 5.25, payload, parent_run_id: 'p' },
          extra: '{"span":7}',
        },
        content,
      ),
    ).toEqual({
      eventType: 'tool.responded',
      stepIndex: 3,
      timestamp: 5.25,
      model: 'gpt-4o',
      promptTokens: 812,
      completionTokens: 40,
      latencyMs: 12.5,
      toolName: 'web_search',
      success: false,
      inputHash: null,
      payload: JSON.stringify(payload),
      parentRunId: 'p',
      extra: '{"span":7}',
    });
  });

  test('leaves a column empty where the payload holds another kind of value', () => {
    const payload = {
      model: 4,
      prompt_tokens: '812',
      completion_tokens: 1.5,
      latency_ms: '9',
      tool_name: null,
      success: 'yes',
      input_hash: 7,
    };
    expect(event(payload)).toMatchObject({
      model: null,
      promptTokens: null,
      completionTokens: null,
      latencyMs: null,
      toolName: null,
      success: null,
      inputHash: null,
      payload: JSON.stringify(payload),
    });
  });

  test.each([null, undefined])('may have no payload (%s)', (payload) => {
    const row = event(payload, { step_index: null, timestamp: null, parent_run_id: null });
    expect(row).toMatchObject({ payload: '{}', stepIndex: null, timestamp: null, parentRunId: null });
  });
});

describe('an agent', () => {
  test('keeps every field, lists as JSON text', () => {
    const row = {
      agent_id: 'support bot №7',
      last_seen: 5.25,
      run_count: 3,
      signal_count: 2,
      critical_count: 1,
      high_count: 1,
      sparkline: [0, 1],
      failure_types: { TOOL_LOOP: 2 },
    };
    expect(agentRow({ row, extra: '{"x":1}' }, content)).toEqual({
      agentId: 'support bot №7',
      lastSeen: 5.25,
      runCount: 3,
      signalCount: 2,
      criticalCount: 1,
      highCount: 1,
      sparkline: '[0,1]',
      failureTypes: '{"TOOL_LOOP":2}',
      extra: '{"x":1}',
    });
  });

  test('of which only the id is told has counts of 0', () => {
    const empty = { lastSeen: null, runCount: 0, signalCount: 0, criticalCount: 0, highCount: 0, extra: null };
    expect(agentRow({ row: { agent_id: 'a' }, extra: null }, content)).toEqual({
      agentId: 'a',
      ...empty,
      sparkline: '[]',
      failureTypes: '{}',
    });
  });
});

describe('a run', () => {
  test('keeps every field', () => {
    const row = {
      run_id: 'r',
      agent_id: 'a',
      agent_version: 'v1',
      started_at: 1.5,
      completed_at: 2.5,
      exit_reason: 'stalled',
      step_count: 0,
      signal_count: 0,
      has_signals: false,
      total_tokens: 0,
      cost_usd: 0,
    };
    expect(runRow({ row, extra: null }, content)).toEqual({
      runId: 'r',
      agentVersion: 'v1',
      startedAt: 1.5,
      completedAt: 2.5,
      exitReason: 'stalled',
      stepCount: 0,
      signalCount: 0,
      hasSignals: false,
      totalTokens: 0,
      costUsd: 0,
      extra: null,
    });
  });

  test('knows what it was not told as null', () => {
    const { runId, extra, ...rest } = runRow({ row: { run_id: 'r', agent_id: 'a' }, extra: '{}' }, content);
    expect({ runId, extra }).toEqual({ runId: 'r', extra: '{}' });
    expect(new Set(Object.values(rest))).toEqual(new Set([null]));
  });
});

describe('a signal', () => {
  const row: WireSignal = {
    id: 7,
    failure_type: 'TOOL_LOOP',
    severity: 'HIGH',
    run_id: 'r',
    agent_id: 'a',
    agent_version: 'v1',
    step_index: 0,
    confidence: 0.949999988079071,
    detected_at: 5.125,
    evidence: { tool: 'web_search' },
    alerted: false,
    shadow: true,
    co_signal_count: 2,
    title: 't',
    what: '',
    why_it_matters: 'y',
    evidence_summary: 'e',
    suggested_fixes: [{ description: 'd', language: 'python', code: 'c' }],
  };
  const stored = {
    id: 7,
    runId: 'r',
    failureType: 'TOOL_LOOP',
    severity: 'HIGH',
    agentVersion: 'v1',
    stepIndex: 0,
    confidence: 0.949999988079071,
    detectedAt: 5.125,
    evidence: '{"tool":"web_search"}',
    alerted: false,
    shadow: true,
    coSignalCount: 2,
    title: 't',
    what: '',
    whyItMatters: 'y',
    evidenceSummary: 'e',
    suggestedFixes: '[{"description":"d","language":"python","code":"c"}]',
    extra: null,
  };

  test('keeps every field, objects as JSON text', () => {
    expect(signalRow({ row, extra: null }, content)).toEqual(stored);
  });

  test("of a run's detail is the same one", () => {
    const { run_id: _, agent_id: __, ...ofRun } = row;
    expect(runSignalRow({ row: ofRun, extra: null }, 'r', content)).toEqual(stored);
  });

  test('knows what it was not told as null', () => {
    const bare = { id: 7, failure_type: 'X', severity: 'LOW', run_id: 'r', agent_id: 'a', detected_at: 5 };
    const { id, runId, failureType, severity, detectedAt, ...rest } = signalRow({ row: bare, extra: null }, content);
    expect({ id, runId, failureType, severity, detectedAt }).toEqual({
      id: 7,
      runId: 'r',
      failureType: 'X',
      severity: 'LOW',
      detectedAt: 5,
    });
    expect(new Set(Object.values(rest))).toEqual(new Set([null]));
  });
});
