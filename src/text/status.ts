import { movingLists, rowOfList } from '../lists/names.ts';
import { idText, printable } from '../printable.ts';
import type { ListStatus, MirrorStatus } from '../queries/status.ts';
import type { EventsPlan } from '../sync/details-plan.ts';
import type { Reachability } from '../sync/reachability.ts';
import { eventsText } from './events-plan.ts';
import { plural } from './plural.ts';
import { size } from './sync.ts';
import { plainTable, table } from './tables.ts';
import { textsStatus } from './texts.ts';
import { ago, minute } from './time.ts';
import { unreadRows } from './unread.ts';

export interface StatusView {
  file: string;
  /** Null: the mirror does not exist yet. */
  mirror: MirrorStatus | null;
  apiUrl: string;
  api: Reachability;
  /** No process polls the API for the mirror, and polls are already overdue. */
  leftAlone: boolean;
  /** What is left out because the mirror is full, or nearly full. */
  full?: string | undefined;
  /** Null: there is no mirror. */
  events: EventsPlan | null;
}

function covered({ coveredFrom, unread, isUnproven }: ListStatus): string {
  if (isUnproven) return 'unproven';
  if (coveredFrom === null) return 'nothing';
  const from = coveredFrom === 0 ? 'all' : `since ${minute(coveredFrom)}`;
  return unread === 0 ? from : `${from} but ${unread}`;
}

/** The state of the mirror and its API, for a terminal. `now` is in Unix seconds. */
export function statusLines({ file, mirror, apiUrl, api, leftAlone, full, events }: StatusView, now: number): string[] {
  const reachable = api.reachable ? 'reachable' : printable(api.error.message);
  if (!mirror)
    return [`File:       ${printable(file)} (not there yet: run \`dunetrace-mcp sync\`)`, apiLine(apiUrl, reachable)];
  return [
    ...fileLines(file, mirror.bytes),
    ...(full === undefined ? [] : [`Warning:    ${full}`]),
    apiLine(apiUrl, reachable),
    ...(leftAlone ? ['Warning:    nothing polls the API: start a server, or run `dunetrace-mcp sync`'] : []),
    ...stateLines(mirror, now, mirror.agents.length, alignedTable, (events && eventsText(events)) ?? undefined),
  ];
}

/** The state of the mirror, for an answer that names at most `maxAgents` agents. `now` is in Unix seconds. */
export function mirrorLines(file: string, mirror: MirrorStatus, now: number, maxAgents: number): string[] {
  const lines = [
    ...fileLines(file, mirror.bytes),
    apiLine(mirror.apiUrl),
    ...stateLines(mirror, now, maxAgents, plainTable),
  ];
  return lines.filter((line) => line !== '');
}

/** What to do about a mirror that has grown large; undefined: it is not large. */
export function sizeWarning(bytes: number): string | undefined {
  if (bytes < largeBytes) return undefined;
  return `The mirror takes ${size(bytes)}. Set DUNETRACE_KEEP_DAYS to keep fewer days, or run \`dunetrace-mcp reset\` to start over.`;
}

/** Which agents are mirrored, where not all are. */
export const onlyAgentsStatus = (globs: string) =>
  `only ${printable(globs)} (DUNETRACE_AGENTS); not all of the API is mirrored, by choice`;

/** What is not proven of a mirror that was taken from another one; undefined: nothing is. */
export function unprovenStatus({ agents }: Pick<MirrorStatus, 'agents'>): string | undefined {
  const count = agents.flatMap(({ lists }) => Object.values(lists)).filter(({ isUnproven }) => isUnproven).length;
  if (count === 0) return undefined;
  return `${plural(count, 'list')} came from another mirror and ${count === 1 ? 'is' : 'are'} not yet compared with the API as a whole; servers do so bit by bit, \`dunetrace-mcp sync --full\` at once`;
}

const largeBytes = 5e9;

function fileLines(file: string, bytes: number): string[] {
  const warning = sizeWarning(bytes);
  return [
    `File:       ${printable(file)} (${size(bytes)})`,
    ...(warning === undefined ? [] : [`Warning:    ${warning}`]),
  ];
}

const apiLine = (apiUrl: string, said?: string) =>
  `API:        ${printable(apiUrl)}${said === undefined ? '' : ` (${said})`}`;

function stateLines(
  mirror: MirrorStatus,
  now: number,
  max: number,
  tableOf: typeof plainTable,
  events?: string,
): string[] {
  const { agents, onlyAgents, recordLists, unread, texts, lastPassCompletedAt, lastError, poller } = mirror;
  const unproven = unprovenStatus(mirror);
  const moment = (at: number | null) => (at === null ? 'never' : `${minute(at)} (${ago(now - at)})`);
  const shown = agents.slice(0, max);
  const lines = [
    `Last pass:  ${moment(lastPassCompletedAt)}`,
    `Last error: ${lastError ? `${printable(lastError.message)} (${moment(lastError.at)})` : 'none'}`,
    `Poller:     ${poller ? `process ${poller.pid} on ${printable(poller.host)}, since ${moment(poller.since)}` : 'none'}`,
    `Texts:      ${textsStatus(texts)}`,
    ...(events === undefined ? [] : [`Events:     ${events}`]),
    ...(onlyAgents === null ? [] : [`Agents:     ${onlyAgentsStatus(onlyAgents)}`]),
    ...(unproven === undefined ? [] : [`Unproven:   ${unproven}`]),
    ...recordListLines(recordLists),
    '',
    ...(shown.length === 0 ? ['No agents are mirrored.'] : agentTable(shown, tableOf)),
  ];
  if (agents.length > shown.length) lines.push(`${shown.length} shown of ${agents.length} agents.`);
  for (const rows of unread.slice(0, max)) lines.push(`Not read: ${unreadRows(rows)}`);
  for (const { agentId, lists } of shown) {
    for (const [list, { error }] of Object.entries(lists)) {
      if (error !== null) lines.push(`Not read: the ${list} of ${idText(agentId)} (${printable(error)})`);
    }
  }
  return lines;
}

/** The small lists that the API has, in one line: `2 policies, 1 custom detector`. */
function recordListLines(recordLists: MirrorStatus['recordLists']): string[] {
  const shown = recordLists.flatMap(({ list, rows, isMissing, error }) => {
    if (isMissing && rows === 0) return [];
    return `${plural(rows, rowOfList(list))}${error === null ? '' : ` (can't be read: ${printable(error)})`}`;
  });
  return shown.length === 0 ? [] : [`Also:       ${shown.join(', ')}`];
}

/** For a terminal: the numbers of a column stand below each other. */
const alignedTable: typeof plainTable = (titles, rows) =>
  table(
    titles.map((title, place) => ({ title, align: place > 0 && title !== 'COVERED' ? 'right' : 'left' })),
    rows,
  );

function agentTable(agents: MirrorStatus['agents'], tableOf: typeof plainTable): string[] {
  return tableOf(
    ['AGENT', ...movingLists.flatMap((list) => [list.toUpperCase(), 'COVERED'])],
    agents.map(({ agentId, gone, lists }) => [
      gone ? `${idText(agentId)} (gone)` : idText(agentId),
      ...Object.values(lists).flatMap((list) => [String(list.rows), covered(list)]),
    ]),
  );
}
