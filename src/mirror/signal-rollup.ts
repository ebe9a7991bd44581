import type Database from 'better-sqlite3';
import { type Cell, createCells } from './cells.ts';
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
  /** Agent, slot, failure type, severity, version. Over all time slot is 0 or the version, and version the same. */
  cell: Cell;
  signals: number;
  gone: number;
  /** Of the live ones that came; infinite where none did. (Numbers at any time, so that V8 keeps them in place.) */
  firstAt: number;
  lastAt: number;
  newest: number;
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

const nothing = (cell: Cell): Gain => ({
  cell,
  signals: 0,
  gone: 0,
  firstAt: Number.POSITIVE_INFINITY,
  lastAt: Number.NEGATIVE_INFINITY,
  newest: Number.POSITIVE_INFINITY,
  lost: false,
});

const finite = (value: number) => (Number.isFinite(value) ? value : null);

function add(to: Gain, gain: Gain): void {
  to.signals += gain.signals;
  to.gone += gain.gone;
  to.firstAt = Math.min(to.firstAt, gain.firstAt);
  to.lastAt = Math.max(to.lastAt, gain.lastAt);
  to.newest = Math.min(to.newest, gain.newest);
  to.lost ||= gain.lost;
}

export function createSignalRollup(sqlite: Database.Database): SignalRollup {
  const gains = createCells(nothing);
  const overall = createCells(nothing);
  const ofVersions = createCells(nothing);
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

  function write({ cell, signals, gone, firstAt, lastAt, newest, lost }: Gain, span: number): void {
    const [agent, slot, type, severity, version] = cell;
    const ends = [finite(firstAt), finite(lastAt), finite(newest)];
    put.run(agent, span, slot, type, severity, version, signals, gone, ...ends);
    if (!lost) return;
    const key = [agent, span, slot, type, severity, version];
    const from = slot < 0 ? Number.NEGATIVE_INFINITY : slot * day;
    const until = slot >= lastDay ? Number.POSITIVE_INFINITY : (slot + 1) * day;
    if (span === day) endsOfDay.run(from, until, ...key);
    else endsOfAll.run(...key);
    drop.run(...key);
  }

  function forget(): void {
    gains.clear();
    overall.clear();
    ofVersions.clear();
  }

  return {
    change: (sign, { agent, failureType, severity, version, detectedAt, goneAt, key }) => {
      const gain = gains.at(agent, dayOf(hourAt(detectedAt)), failureType, severity, version ?? 0);
      gain.lost ||= sign < 0;
      if (goneAt !== null) {
        gain.gone += sign;
        return;
      }
      gain.signals += sign;
      if (sign < 0) return;
      gain.firstAt = Math.min(gain.firstAt, detectedAt);
      gain.lastAt = Math.max(gain.lastAt, detectedAt);
      gain.newest = Math.min(gain.newest, key);
    },
    apply: () => {
      for (const gain of gains.all()) {
        const [agent, , type, severity, version] = gain.cell;
        add(overall.at(agent, 0, type, severity, 0), gain);
        add(ofVersions.at(agent, version, type, severity, version), gain);
        write(gain, day);
      }
      for (const gain of overall.all()) write(gain, ever);
      for (const gain of ofVersions.all()) write(gain, everOfVersion);
      forget();
    },
    forget,
  };
}
