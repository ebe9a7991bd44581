import { dayName, dayOf, daySeconds, lastDays, type Window } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { serverTime } from '../db/server-time.ts';
import { agentSpent } from '../queries/agent-spent.ts';
import { type AgentItem, findAgent, listAgents } from '../queries/agents.ts';
import { agentHealth } from '../queries/health.ts';
import { hourMap } from '../queries/hour-map.ts';
import { inputPatterns } from '../queries/input-patterns.ts';
import { type MovedRate, movedRates } from '../queries/moved-rates.ts';
import { bySeverity, graver } from '../queries/new-signals-order.ts';
import { type QuietAgent, quietAgents } from '../queries/quiet-agents.ts';
import { failedShare } from '../queries/run-counts.ts';
import { signalTrends } from '../queries/signal-trends.ts';
import { findExplainedSignals } from '../queries/signals.ts';
import { mirrorStatus } from '../queries/status.ts';
import { systemicPatterns } from '../queries/systemic-patterns.ts';
import type { CostOf } from '../queries/token-runs.ts';
import { versionChanges } from '../queries/version-changes.ts';
import { versionRates } from '../queries/version-rates.ts';
import { type NewAgent, type NewSignals, newAgents, newSignals } from '../queries/whats-new.ts';
import type { AgentPart, FleetRow, Report } from './contents.ts';
import { graverAgent } from './gravity.ts';
import { reportNotes } from './notes.ts';

export interface ReportWanted {
  /** The only agent; undefined: all. */
  agentId: string | undefined;
  /** How many agents to read in full: the gravest ones. */
  inFull: number;
  days: number;
  /** Unix seconds, by this machine's clock. */
  now: number;
  costOf: CostOf;
  pricesDate: string | undefined;
}

/** How many of an agent's new versions are judged, and how many of its newest signals are read. */
const maxChanges = 20;
const latestSignals = 100;

/** What all agents' rows need, each read once. */
interface Fleet {
  span: Window;
  end: number;
  /** The days, as numbers. */
  calendar: readonly number[];
  costOf: CostOf;
  signals: ReadonlyMap<string, readonly NewSignals[]>;
  moved: ReadonlyMap<string, MovedRate>;
  arrivals: ReadonlyMap<string, NewAgent>;
  silences: ReadonlyMap<string, QuietAgent>;
}

const byAgent = <Item extends { agentId: string }>(items: readonly Item[]) =>
  new Map(items.map((item) => [item.agentId, item]));

function fleetRow(reader: Reader, agent: AgentItem, fleet: Fleet): FleetRow {
  const { agentId } = agent;
  const { span, calendar, end, costOf } = fleet;
  const trends = signalTrends(reader, agentId, calendar);
  return {
    agent,
    runs: failedShare(reader, agentId, span),
    trends,
    daily: calendar.map((_, at) => trends.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0)),
    signals: fleet.signals.get(agentId) ?? [],
    spent: agentSpent(reader, agentId, span, costOf),
    health: agentHealth(reader, agentId, end),
    moved: fleet.moved.get(agentId),
    changes: versionChanges(reader, agentId, span, maxChanges).versions,
    arrival: fleet.arrivals.get(agentId),
    silence: fleet.silences.get(agentId),
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
    latest: findExplainedSignals(reader, window, { limit: latestSignals }).items,
  };
}

function agentsOf(reader: Reader, agentId: string | undefined): readonly AgentItem[] {
  if (agentId === undefined) return listAgents(reader, { limit: 10_000 }).items;
  return [findAgent(reader, agentId)].filter((agent) => agent !== undefined);
}

/**
 * Reads a report from the mirror, of a snapshot if the reader is in one. `rest` is awaited between any two agents, so that
 * a thread may do other work meanwhile.
 */
export async function readReport(reader: Reader, wanted: ReportWanted, rest: () => Promise<void>): Promise<Report> {
  const { days, now, costOf, pricesDate, inFull } = wanted;
  const { apiUrl, lastPassBeganAt } = mirrorStatus(reader, now);
  const time = serverTime(reader, now);
  const passAt = lastPassBeganAt === null ? null : lastPassBeganAt + time.skew;
  const end = Math.min(time.now, passAt ?? time.now);
  const calendar = lastDays(end, days);
  // Whole days: rows that a running pass has added since `end` are in every count or in none.
  const span = { from: (calendar[0] ?? 0) * daySeconds, end: (dayOf(end) + 1) * daySeconds - 0.001 };
  const signals = newSignals(reader, span).map(bySeverity).sort(graver);
  await rest();
  const silences = byAgent(passAt === null ? [] : quietAgents(reader, end));
  await rest();
  const fleet: Fleet = {
    span,
    end,
    calendar,
    costOf,
    signals: Map.groupBy(signals, ({ agentId }) => agentId),
    moved: byAgent(movedRates(reader, span)),
    arrivals: byAgent(newAgents(reader, span.from)),
    silences,
  };
  const rows: FleetRow[] = [];
  for (const agent of agentsOf(reader, wanted.agentId)) {
    await rest();
    rows.push(fleetRow(reader, agent, fleet));
  }
  rows.sort(graverAgent);
  const agents: AgentPart[] = [];
  for (const row of rows.slice(0, inFull)) {
    await rest();
    agents.push(agentPart(reader, row, span));
  }
  const names = rows.map(({ agent }) => agent.agentId);
  return {
    apiUrl,
    madeAt: time.now,
    end,
    days,
    dayNames: calendar.map(dayName),
    pricesDate,
    notes: reportNotes(reader, names, { span, now, syncedAt: lastPassBeganAt }),
    fleet: rows,
    agents,
  };
}
