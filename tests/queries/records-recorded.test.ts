import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Reader } from '../../src/db/open.ts';
import { findIssues } from '../../src/queries/issues.ts';
import { isRecorded, mirrorOf, recordedJson, serveRecording } from '../support/recorded-api.ts';

/** Lists beside agents, runs and signals, as a real backend sent them, with all of it in the mirror. */

const row = z.record(z.string(), z.unknown());
const answers = z.record(z.string(), z.object({ status: z.number(), body: z.unknown() }));

const others = () => answers.parse(recordedJson(3, 'other.json'));
const bodyOf = (path: string, rowsKey?: string) => {
  const body = others()[path]?.body;
  return z.array(row).parse(rowsKey === undefined ? body : row.parse(body)[rowsKey]);
};

async function recorded(without: readonly string[] = []): Promise<Reader> {
  const now = z.object({ recorded_at: z.number() }).parse(recordedJson(3, 'recorded-at.json')).recorded_at + 4;
  return mirrorOf(await serveRecording(3, { without }), now, []);
}

/** The rows of a view under the names of the API, with JSON as what it says and numbers for true and false. */
function rowsOf(reader: Reader, view: string, like: readonly Record<string, unknown>[]) {
  const names = Object.keys(like[0] ?? {});
  const rows = z.array(row).parse(reader.sqlite.prepare(`select * from ${view}`).all());
  const plain = (value: unknown, sent: unknown) => {
    if (typeof sent === 'boolean') return value === 1;
    return typeof sent === 'object' && sent !== null && typeof value === 'string' ? JSON.parse(value) : value;
  };
  return rows.map((one) => {
    const sent = like.find(({ id }) => id === one.id) ?? {};
    return Object.fromEntries(names.map((name) => [name, plain(one[name], sent[name])]));
  });
}

const byId = (rows: readonly Record<string, unknown>[]) => rows.toSorted((a, b) => Number(a.id) - Number(b.id));

describe.skipIf(!isRecorded(3))('the recorded newest API', () => {
  test('its issues, policies, detectors and fixes are in the views, field by field', async () => {
    const reader = await recorded();
    const issues = bodyOf('/v1/issues/search?limit=500', 'issues');
    // Notes are what somebody wrote.
    const noted = issues.map(({ resolution_notes: notes, ...one }) => ({
      ...one,
      resolution_notes: typeof notes === 'string' ? expect.stringMatching(/^hmac:/) : notes,
    }));
    expect(byId(rowsOf(reader, 'v_issues', issues))).toEqual(byId(noted));
    const policies = bodyOf('/v1/policies');
    expect(rowsOf(reader, 'v_policies', policies)).toEqual(policies);
    const detectors = bodyOf('/v1/custom-detectors').map((one) => ({
      ...one,
      created_at: Date.parse(String(one.created_at)) / 1000,
    }));
    expect(rowsOf(reader, 'v_custom_detectors', detectors)).toEqual(detectors);
    const fixes = Object.values(answers.parse(recordedJson(3, 'fixes.json'))).flatMap(({ status, body }) =>
      status === 200 ? z.array(row).parse(row.parse(body).fixes) : [],
    );
    expect(fixes.length).toBeGreaterThan(0);
    expect(byId(rowsOf(reader, 'v_fixes', fixes))).toEqual(byId(fixes));
  });

  test('its approvals and conversations too, with hashes for what people wrote and who they are', async () => {
    const reader = await recorded();
    const approvals = bodyOf('/v1/approvals');
    const plain = ['id', 'run_id', 'agent_id', 'tool_name', 'status'] as const;
    const few = (one: Record<string, unknown>) => plain.map((name) => one[name]);
    const stored = rowsOf(reader, 'v_approvals', approvals);
    expect(byId(stored).map(few)).toEqual(byId(approvals).map(few));
    const written = stored.flatMap(({ tool_args, decided_by, note }) => [tool_args, decided_by, note]);
    for (const text of written) if (text !== null) expect(text).toMatch(/^hmac:/);
    const conversations = bodyOf('/v1/conversations/search?limit=500', 'conversations');
    const found = rowsOf(reader, 'v_conversations', conversations);
    expect(found).toHaveLength(conversations.length);
    for (const { external_id } of found) expect(external_id).toMatch(/^hmac:/);
    expect(found.map(({ id, run_count }) => [id, run_count])).toEqual(
      conversations.map(({ id, run_count }) => [id, run_count]),
    );
  });

  test('issues computed from signals are those of the server, but for what is listed here', async () => {
    const reader = await recorded(['issues']);
    const { items, from } = findIssues(reader, {});
    expect(from).toBe('signals');
    const nameOf = (one: { agent_id?: unknown; failure_type?: unknown }) => `${one.agent_id} ${one.failure_type}`;
    // The server makes no issues of signals that evaluators and custom detectors found, nor of those written by hand.
    const notIssues = [
      'voice agent №7 HALLUCINATION',
      'both-agent UNGROUNDED_DESTINATION',
      'support-bot CUSTOM_EXCESSIVE_TOOL_CALLS',
      'support-bot USER_FRUSTRATION',
      'support-bot TASK_COMPLETION',
      'rounding SLOW_STEP',
    ];
    const facts = (one: Record<string, unknown>): [string, unknown[]] => [
      nameOf(one),
      [one.status, one.affected_runs, one.clean_runs_since],
    ];
    const ours = new Map(items.map((item) => facts({ ...item })));
    const sent = new Map(bodyOf('/v1/issues/search?limit=500', 'issues').map(facts));
    expect([...ours.keys()].filter((name) => !sent.has(name)).toSorted()).toEqual(notIssues.toSorted());
    const apart = [...sent].filter(([name, facts]) => JSON.stringify(ours.get(name)) !== JSON.stringify(facts));
    // Late events had runs analysed again, or clean runs were analysed before the issue was: the server counted them then.
    expect(apart.map(([name]) => name).toSorted()).toEqual([
      'both-agent CONTEXT_BLOAT',
      'both-agent UNREAD_TOOL_ERROR',
      'policy-agent MEMORY_POISONING',
    ]);
  });
});
