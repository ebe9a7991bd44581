import type Database from 'better-sqlite3';
import { dayOf, hourAt, lastDay } from './counted-rows.ts';
import { countedOver } from './counts.ts';

/** What a signal is counted by; `detectedAt` is in Unix seconds. */
export interface CountedSignal {
  key: number;
  agent: number;
  run: number;
  failureType: number;
  severity: number;
  version: number | null;
  detectedAt: number;
  goneAt: number | null;
}

/** What the signals of a cell of `signal_counts` have gained. */
interface Gain {
  /** Over all time `slot` is 0 or the version, and `version` the same. */
  cell: readonly [agent: number, slot: number, type: number, severity: number, version: number];
  signals: number;
  gone: number;
  firstAt: number | null;
  lastAt: number | null;
  newest: number | null;
  /** Some went: the first and last may be others now. */
  lost: boolean;
}

/** Keeps `signal_counts`: what changes is gathered in a transaction, and written at its end. */
export interface SignalRollup {
  /** A signal came (1) or went (-1). */
  change(sign: number, signal: CountedSignal): void;
  apply(): void;
  forget(): void;
}

const least = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a, b));
const most = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.max(a, b));

const nothing = { signals: 0, gone: 0, firstAt: null, lastAt: null, newest: null, lost: false };

/** The gain of a cell, begun with nothing. */
function gainOf(
  gains: Map<string, Gain>,
  agent: number,
  slot: number,
  type: number,
  severity: number,
  version: number,
): Gain {
  const name = `${agent} ${slot} ${type} ${severity} ${version}`;
  const known = gains.get(name);
  if (known) return known;
  const begun = { ...nothing, cell: [agent, slot, type, severity, version] as const };
  gains.set(name, begun);
  return begun;
}

function add(to: Gain, gain: Omit<Gain, 'cell'>): void {
  to.signals += gain.signals;
  to.gone += gain.gone;
  to.firstAt = least(to.firstAt, gain.firstAt);
  to.lastAt = most(to.lastAt, gain.lastAt);
  to.newest = least(to.newest, gain.newest);
  to.lost ||= gain.lost;
}

export function createSignalRollup(sqlite: Database.Database): SignalRollup {
  const gains = new Map<string, Gain>();
  const { ever, everOfVersion, day } = countedOver;
  const cellKey = 'agent = ? and span = ? and slot = ? and failure_type = ? and severity = ? and version = ?';
  const put = sqlite.prepare(
    `insert into signal_counts (agent, span, slot, failure_type, severity, version, signals, gone, first_at, last_at, newest)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict do update set signals = signals + excluded.signals, gone = gone + excluded.gone,
        first_at = min(coalesce(first_at, excluded.first_at), coalesce(excluded.first_at, first_at)),
        last_at = max(coalesce(last_at, excluded.last_at), coalesce(excluded.last_at, last_at)),
        newest = min(coalesce(newest, excluded.newest), coalesce(excluded.newest, newest))`,
  );
  const drop = sqlite.prepare(`delete from signal_counts where ${cellKey} and signals = 0 and gone = 0`);
  const setEnds = 'update signal_counts as c set (first_at, last_at, newest) =';
  const ofCell = 's.agent = c.agent and s.failure_type = c.failure_type and s.severity = c.severity';
  const endsOfDay = sqlite.prepare(
    `${setEnds} (select min(detected_at), max(detected_at), min(key) from signals s
        where ${ofCell} and coalesce(s.version, 0) = c.version and s.gone_at is null
          and s.detected_at >= ? and s.detected_at < ?)
      where ${cellKey}`,
  );
  const endsOfAll = sqlite.prepare(
    `${setEnds} (select min(first_at), max(last_at), min(newest) from signal_counts s
        where ${ofCell} and s.span = ${day} and (c.span = ${ever} or s.version = c.version))
      where ${cellKey}`,
  );

  function write({ cell, ...gain }: Gain, span: number): void {
    const [agent, slot, ...rest] = cell;
    const key = [agent, span, slot, ...rest];
    put.run(...key, gain.signals, gain.gone, gain.firstAt, gain.lastAt, gain.newest);
    if (!gain.lost) return;
    const from = slot < 0 ? Number.NEGATIVE_INFINITY : slot * day;
    const until = slot >= lastDay ? Number.POSITIVE_INFINITY : (slot + 1) * day;
    if (span === day) endsOfDay.run(from, until, ...key);
    else endsOfAll.run(...key);
    drop.run(...key);
  }

  return {
    change: (sign, { agent, failureType, severity, version, detectedAt, goneAt, key }) => {
      const gain = gainOf(gains, agent, dayOf(hourAt(detectedAt)), failureType, severity, version ?? 0);
      gain.lost ||= sign < 0;
      if (goneAt !== null) {
        gain.gone += sign;
        return;
      }
      gain.signals += sign;
      if (sign < 0) return;
      gain.firstAt = least(gain.firstAt, detectedAt);
      gain.lastAt = most(gain.lastAt, detectedAt);
      gain.newest = least(gain.newest, key);
    },
    apply: () => {
      const overall = new Map<string, Gain>();
      const ofVersions = new Map<string, Gain>();
      for (const gain of gains.values()) {
        const [agent, , type, severity, version] = gain.cell;
        add(gainOf(overall, agent, 0, type, severity, 0), gain);
        add(gainOf(ofVersions, agent, version, type, severity, version), gain);
        write(gain, day);
      }
      for (const gain of overall.values()) write(gain, ever);
      for (const gain of ofVersions.values()) write(gain, everOfVersion);
      gains.clear();
    },
    forget: () => gains.clear(),
  };
}
