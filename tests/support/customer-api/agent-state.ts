import type { Generation, WireAgent, WireSignal } from '../../../src/sample/wire.ts';
import { MovingLists } from './moving-lists.ts';
import type { RunEntry } from './rows.ts';

const DAY = 86_400;

/** The `YYYY-MM-DD` of a time in Unix seconds, in UTC. */
function utcDay(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** Adds `amount` to the count of `key`; a count that reaches zero disappears. */
function bump(counts: Map<string, number>, key: string, amount: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + amount;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** Everything the backend knows of one agent, with its counts kept up to date. */
export class AgentState extends MovingLists {
  readonly #agentId: string;
  readonly #runsWithEvents = new Set<RunEntry>();
  #lastSeen = 0;
  #signalCount = 0;
  readonly #perSeverity = new Map<string, number>();
  readonly #perType = new Map<string, number>();
  readonly #perDay = new Map<string, number>();

  constructor(agentId: string, generation: Generation) {
    super(generation);
    this.#agentId = agentId;
  }

  /** An agent without any event is not listed, whatever runs and signals it still has. */
  get listed(): boolean {
    return this.#runsWithEvents.size > 0;
  }

  eventsArrived(entry: RunEntry): void {
    this.#runsWithEvents.add(entry);
    this.#lastSeen = Math.max(this.#lastSeen, entry.seenAt);
  }

  eventsGone(entry: RunEntry): void {
    this.#runsWithEvents.delete(entry);
    if (entry.seenAt < this.#lastSeen) return;
    this.#lastSeen = 0;
    for (const other of this.#runsWithEvents) this.#lastSeen = Math.max(this.#lastSeen, other.seenAt);
  }

  /** Counts a live signal in (1) or out (-1). */
  count(row: WireSignal, amount: 1 | -1): void {
    this.#signalCount += amount;
    bump(this.#perSeverity, row.severity, amount);
    bump(this.#perType, row.failure_type, amount);
    bump(this.#perDay, utcDay(row.detected_at), amount);
  }

  /** The row of the agents list; `now` in Unix seconds says which seven days the sparkline shows. */
  row(now: number): WireAgent {
    const days = [6, 5, 4, 3, 2, 1, 0].map((ago) => this.#perDay.get(utcDay(now - ago * DAY)) ?? 0);
    return {
      agent_id: this.#agentId,
      last_seen: this.#lastSeen,
      run_count: this.#runsWithEvents.size,
      signal_count: this.#signalCount,
      critical_count: this.#perSeverity.get('CRITICAL') ?? 0,
      high_count: this.#perSeverity.get('HIGH') ?? 0,
      sparkline: days.some((count) => count > 0) ? days : [],
      failure_types: Object.fromEntries([...this.#perType].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}
