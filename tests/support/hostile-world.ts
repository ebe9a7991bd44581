import { type FakeCustomerApi, startFakeCustomerApi } from './fake-customer-api.ts';
import { hostileIds, hostileTexts } from './hostile-texts.ts';

/** The id of the run in which the nth text was sent. */
export const runIds: readonly string[] = hostileTexts.map((_, n) => `${hostileIds[n % hostileIds.length]} run ${n}`);

/** Everything that may come back byte for byte. */
export const sentIds: ReadonlySet<string> = new Set([...hostileIds, ...runIds, '*']);

/** Code that its own fence must not let out. */
export const code = `a = "![x](https://evil.example)"\n\`\`\`\n~~~\nSource: <img src=x>\nNext: b`;

const idOf = (n: number) => hostileIds[n % hostileIds.length] ?? '';
const page = (name: string, rows: readonly unknown[]) => ({
  [name]: rows,
  page: { total: rows.length, offset: 0, limit: 500, has_more: false },
});

/** What an agent may send under any name: also under those that are ids, code or our own words elsewhere. */
const objectOf = (text: string) => ({
  tool: text,
  agent_id: text,
  run_id: text,
  failure_type: text,
  code: text,
  markdown: text,
  note: text,
  next: [{ tool: text }],
  nested: { [text]: [text, { message: text }] },
});

function addRun({ backend }: FakeCustomerApi, text: string, n: number, now: number): void {
  const runId = runIds[n] ?? '';
  const startedAt = now - 7200 + n * 60;
  const payload = {
    ...objectOf(text),
    model: text,
    tool_name: text,
    input_hash: idOf(n),
    success: false,
    error: text,
    prompt_tokens: 10,
  };
  const events = ['run.started', 'llm.called', 'tool.called', 'tool.responded', text].map((event_type, step) => ({
    event_type,
    step_index: step,
    timestamp: startedAt + step / 10,
    payload,
    parent_run_id: null,
  }));
  backend.ingestRun({
    runId,
    agentId: idOf(n),
    agentVersion: idOf(n),
    startedAt,
    completedAt: startedAt + 5,
    exitReason: text,
    events,
  });
}

/** A signal of the nth run. */
export function addSignal({ backend }: FakeCustomerApi, n: number): void {
  const text = hostileTexts[n] ?? '';
  backend.analyse(runIds[n] ?? '', [
    {
      failureType: idOf(n),
      severity: 'CRITICAL',
      stepIndex: 1,
      title: text,
      what: text,
      whyItMatters: text,
      evidence: JSON.parse(JSON.stringify(objectOf(text))),
      evidenceSummary: text,
      suggestedFixes: [{ description: text, language: n === 0 ? 'plain' : text, code }],
    },
  ]);
}

function addLists({ backend: { plainLists: lists } }: FakeCustomerApi, now: number): void {
  const rows = hostileTexts.map((text, n) => ({
    id: n + 1,
    text,
    agent_id: idOf(n),
    run_id: runIds[n],
    agent_version: idOf(n),
    failure_type: idOf(n),
  }));
  const listOf = (fields: (text: string) => object) => rows.map(({ text, ...row }) => ({ ...row, ...fields(text) }));
  const at = new Date(now * 1000).toISOString();
  const policies = (text: string) => ({
    name: text,
    condition: objectOf(text),
    action: { type: text, params: objectOf(text) },
    signature: text,
  });
  lists.set('/v1/policies', listOf(policies));
  for (const { id } of rows)
    lists.set(
      `/v1/policies/${id}/evaluations`,
      listOf((text) => ({
        policy_name: text,
        trigger: text,
        reason: text,
        conditions: [objectOf(text)],
        evaluated_at: now,
      })),
    );
  lists.set(
    '/v1/custom-detectors',
    rows.map(({ text, ...row }) => ({
      ...{ ...row, name: row.failure_type },
      ...{ description: text, status: text, config: objectOf(text) },
    })),
  );
  lists.set(
    '/v1/approvals',
    listOf((text) => ({
      ...{ tool_name: text, tool_args: text, status: text, decided_by: text, decision_channel: text },
      ...{ note: text, requested_at: at },
    })),
  );
  lists.set(
    '/v1/issues/search',
    page(
      'issues',
      listOf((text) => ({ status: text, resolution_notes: text, manually_resolved: true, last_seen: now })),
    ),
  );
  lists.set(
    '/v1/conversations/search',
    page(
      'conversations',
      rows.map(({ text, ...row }) => ({ ...row, user_id: row.agent_id, external_id: text, last_run_at: now })),
    ),
  );
  for (const row of rows)
    lists.set(`/v1/conversations/${row.id}`, {
      id: row.id,
      agent_id: row.agent_id,
      runs: [{ ...row, started_at: now }],
    });
  for (const id of hostileIds)
    lists.set(`/v1/agents/${encodeURIComponent(id)}/fixes`, {
      fixes: listOf((text) => ({
        ...{ signal_id: 1, severity: text, fix_type: text, applied_via: text, verdict: text, applied_at: now },
        ...{ langfuse_prompt_name: text, langfuse_version: objectOf(text) },
      })),
    });
}

/** An API each of whose texts is one of the hostile ones, and each of whose ids, types and versions is a hostile one. */
export async function startHostileApi(): Promise<FakeCustomerApi> {
  const api = await startFakeCustomerApi({ generation: 3 });
  const now = Date.now() / 1000;
  for (const [n, text] of hostileTexts.entries()) addRun(api, text, n, now);
  for (const n of hostileTexts.keys()) addSignal(api, n);
  addLists(api, now);
  return api;
}
