import { printable } from '../printable.ts';
import type { ListStatus, MirrorStatus } from '../queries/status.ts';
import type { Reachability } from '../sync/reachability.ts';
import { size } from './sync.ts';
import { table } from './tables.ts';
import { ago, minute } from './time.ts';

export interface StatusView {
  file: string;
  bytes: number;
  /** Null: the mirror does not exist yet. */
  mirror: MirrorStatus | null;
  apiUrl: string;
  api: Reachability;
}

function covered({ coveredFrom }: ListStatus): string {
  if (coveredFrom === null) return 'nothing';
  return coveredFrom === 0 ? 'all' : `since ${minute(coveredFrom)}`;
}

/** The state of the mirror and its API. `now` is in Unix seconds. */
export function statusLines({ file, bytes, mirror, apiUrl, api }: StatusView, now: number): string[] {
  const moment = (at: number | null | undefined) => (at == null ? 'never' : `${minute(at)} (${ago(now - at)})`);
  const lines = [
    `File:       ${printable(file)} (${mirror ? size(bytes) : 'not there yet: run `dunetrace-mcp sync`'})`,
    `API:        ${apiUrl} (${api.reachable ? 'reachable' : printable(api.message)})`,
  ];
  if (!mirror) return lines;
  const { poller, lastError } = mirror;
  lines.push(
    `Last pass:  ${moment(mirror.lastPassCompletedAt)}`,
    `Last error: ${lastError ? `${printable(lastError.message)} (${moment(lastError.at)})` : 'none'}`,
    `Poller:     ${poller ? `process ${poller.pid} on ${printable(poller.host)}, since ${moment(poller.since)}` : 'none'}`,
    '',
    ...table(
      [
        { title: 'AGENT' },
        { title: 'RUNS', align: 'right' },
        { title: 'COVERED' },
        { title: 'SIGNALS', align: 'right' },
        { title: 'COVERED' },
      ],
      mirror.agents.map(({ agentId, gone, runs, signals }) => [
        gone ? `${agentId} (gone)` : agentId,
        String(runs.rows),
        covered(runs),
        String(signals.rows),
        covered(signals),
      ]),
    ),
  );
  for (const { agentId, runs, signals } of mirror.agents) {
    for (const [list, { error }] of [
      ['runs', runs],
      ['signals', signals],
    ] as const) {
      if (error !== null) lines.push(`Not read: the ${list} of ${printable(agentId)} (${printable(error)})`);
    }
  }
  return lines;
}
