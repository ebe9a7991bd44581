import * as z from 'zod';
import type { Client } from '../api/client.ts';
import { getPage, type ListSource, type Page, type PageRequest } from '../api/pages.ts';
import { keyIn, rowReader, type Sent } from '../api/rows.ts';
import { key, time, whole } from '../api/wire.ts';
import { ApiError } from '../errors.ts';
import { roundedJson } from '../exact-json.ts';
import { type Content, jsonWithoutTexts } from './content.ts';

/** The agents list, which is small, read whole, and tells which other lists may have moved. */

export const wireAgent = z.object({
  agent_id: key,
  last_seen: time,
  run_count: whole,
  signal_count: whole,
  critical_count: whole,
  high_count: whole,
  sparkline: z.array(z.unknown()).nullish(),
  failure_types: z.record(z.string(), z.unknown()).nullish(),
});

export type WireAgent = z.infer<typeof wireAgent>;

/** A row of the agents list. `sparkline`, `failureTypes` and `extra` are JSON text. */
export interface AgentRow {
  agentId: string;
  lastSeen: number | null;
  runCount: number;
  signalCount: number;
  criticalCount: number;
  highCount: number;
  sparkline: string;
  failureTypes: string;
  extra: string | null;
}

export function agentRow({ row, extra }: Sent<WireAgent>, content: Content): AgentRow {
  return {
    agentId: row.agent_id,
    lastSeen: row.last_seen ?? null,
    runCount: row.run_count ?? 0,
    signalCount: row.signal_count ?? 0,
    criticalCount: row.critical_count ?? 0,
    highCount: row.high_count ?? 0,
    sparkline: roundedJson(row.sparkline ?? []),
    failureTypes: roundedJson(row.failure_types ?? {}),
    extra: jsonWithoutTexts(extra, content),
  };
}

const source: ListSource<WireAgent> = {
  path: '/v1/agents',
  rowsKey: 'agents',
  read: rowReader('agent', wireAgent, keyIn('agent_id', wireAgent.shape.agent_id)),
};

export const getAgentsPage = (client: Client, request: PageRequest): Promise<Page<WireAgent>> =>
  getPage(client, source, request).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.kind !== 'not_found') throw error;
    // Every Customer API has this list.
    const hint = 'Is DUNETRACE_API_URL the Customer API itself, and not another service of Dunetrace?';
    throw new ApiError('bad_answer', `${error.message}. ${hint}`, { cause: error });
  });
