import { resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { dayName, dayOf, daySeconds, lastDays, type Window } from '../days.ts';
import { countedAs } from '../db/day-tables.ts';
import { openReader, type Reader } from '../db/open.ts';
import { serverTime } from '../db/server-time.ts';
import { type ExitCode, exitCodes, messageOf, UsageError } from '../errors.ts';
import { type AgentItem, agentIds, findAgent, listAgents } from '../queries/agents.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { agentHealth } from '../queries/health.ts';
import { hourMap } from '../queries/hour-map.ts';
import { inputPatterns } from '../queries/input-patterns.ts';
import { countRunsOf, runsAs } from '../queries/run-counts.ts';
import { signalTrends } from '../queries/signal-trends.ts';
import { findExplainedSignals } from '../queries/signals.ts';
import { mirrorStatus } from '../queries/status.ts';
import { systemicPatterns } from '../queries/systemic-patterns.ts';
import { versionChanges } from '../queries/version-changes.ts';
import { versionRates } from '../queries/version-rates.ts';
import type { AgentPart, FleetRow, Report } from '../report/contents.ts';
import { reportPage } from '../report/page.ts';
import { ago } from '../text/time.ts';
import type { Io } from './io.ts';
import { exchange, privateMode } from './new-file.ts';

export interface ReportOptions {
  agent?: string;
  days?: string;
  out?: string;
}

const maxDays = 90;
/** Agents shown in detail. A page with more would open slowly and be too long to read. */
const maxAgents = 25;
const latestSignals = 8;
/** How many of an agent's new versions the report judges. */
const maxChanges = 20;
/** The report warns about a mirror that is older than this. */
const staleSeconds = 3600;

function daysOf(text = '7'): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= maxDays) return days;
  throw new UsageError(`--days is ${JSON.stringify(text)}; it takes a whole number from 1 to ${maxDays}.`);
}

function agentsOf(reader: Reader, named: string | undefined): readonly AgentItem[] {
  if (named === undefined) return listAgents(reader, { limit: 10_000 }).items;
  const agent = findAgent(reader, named);
  if (agent) return [agent];
  const known = agentIds(reader);
  const some = known.slice(0, 10).join(', ') || 'none';
  throw new UsageError(
    `The mirror has no agent ${JSON.stringify(named)}. It has: ${some}${known.length > 10 ? ', ...' : ''}.`,
  );
}

function fleetRow(
  reader: Reader,
  agent: AgentItem,
  { span, calendar, end }: { span: Window; calendar: readonly number[]; end: number },
): FleetRow {
  const trends = signalTrends(reader, agent.agentId, calendar);
  return {
    agent,
    runs: runsAs(countRunsOf(reader, agent.agentId, span, 'whole'), countedAs.all),
    trends,
    daily: calendar.map((_, at) => trends.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0)),
    health: agentHealth(reader, agent.agentId, end),
  };
}

function agentPart(reader: Reader, row: FleetRow, span: Window): AgentPart {
  const { agentId } = row.agent;
  const window = { agentId, since: span.from, until: span.end };
  return {
    ...row,
    types: systemicPatterns(reader, agentId, span),
    inputs: inputPatterns(reader, agentId),
    hours: hourMap(reader, agentId, span),
    versions: versionRates(reader, agentId, span),
    changes: versionChanges(reader, agentId, span, maxChanges).versions,
    latest: findExplainedSignals(reader, window, { limit: latestSignals }).items,
  };
}

/** Why the numbers may be lower than the API's own. */
function notesOf(
  reader: Reader,
  rows: readonly FleetRow[],
  span: Window,
  now: number,
  syncedAt: number | null,
): string[] {
  if (syncedAt === null) return ['The first sync has not completed, so rows may be missing. Run dunetrace-mcp sync.'];
  const partial = rows.filter(({ agent }) => {
    const from = coveredFrom(reader, agent.agentId);
    return from === null || from > span.from;
  });
  const names = partial.slice(0, 5).map(({ agent }) => agent.agentId);
  return [
    ...(now - syncedAt > staleSeconds
      ? [`The mirror was brought up to date ${ago(now - syncedAt)}; the days end then.`]
      : []),
    ...(partial.length > 0
      ? [
          `Not all of these days are mirrored for ${names.join(', ')}${partial.length > 5 ? ` and ${partial.length - 5} more` : ''}.`,
        ]
      : []),
  ];
}

const signalsOf = ({ daily }: FleetRow) => daily.reduce((sum, count) => sum + count, 0);

/** Reads the report's data from the mirror. */
function readReport(reader: Reader, options: { agent: string | undefined; days: number; now: number }): Report {
  const { days, now } = options;
  const { apiUrl, lastPassBeganAt } = mirrorStatus(reader, now);
  const time = serverTime(reader, now);
  const end = Math.min(time.now, lastPassBeganAt === null ? time.now : lastPassBeganAt + time.skew);
  const calendar = lastDays(end, days);
  // Whole days: rows that a running pass has added since `end` are in every count or in none.
  const span = { from: (calendar[0] ?? 0) * daySeconds, end: (dayOf(end) + 1) * daySeconds - 0.001 };
  const rows = agentsOf(reader, options.agent).map((agent) => fleetRow(reader, agent, { span, calendar, end }));
  const fleet = rows.sort(
    (a, b) => signalsOf(b) - signalsOf(a) || b.runs - a.runs || a.agent.agentId.localeCompare(b.agent.agentId),
  );
  return {
    apiUrl,
    madeAt: time.now,
    end,
    days,
    dayNames: calendar.map(dayName),
    notes: notesOf(reader, fleet, span, now, lastPassBeganAt),
    fleet,
    agents: fleet.slice(0, maxAgents).map((row) => agentPart(reader, row, span)),
  };
}

/**
 * `dunetrace-mcp report`: writes the mirror's agents as one HTML file.
 * @throws UsageError for days out of range, an agent that is not mirrored, and a file that can't be written.
 */
export async function report(io: Io, options: ReportOptions): Promise<ExitCode> {
  const days = daysOf(options.days);
  const config = readConfig(io.surroundings);
  const reader = openReader(config.dbFile, config);
  let page: string;
  try {
    page = reportPage(readReport(reader, { agent: options.agent, days, now: io.clock.now() }));
  } finally {
    reader.close();
  }
  if (options.out === '-') {
    io.stdout.write(page);
    return exitCodes.done;
  }
  const file = resolve(io.workDir, options.out ?? 'dunetrace-report.html');
  try {
    await exchange(file, page, privateMode);
  } catch (error) {
    throw new UsageError(
      `The report can't be written to ${file} (${messageOf(error)}). Name another file with --out.`,
      { cause: error },
    );
  }
  io.stdout.write(`${file}\n`);
  return exitCodes.done;
}
