import type Database from 'better-sqlite3';
import { hourOf, isListed, timeOf } from './counted-rows.ts';
import { countedAs, countedOver, loopTypes } from './counts.ts';

/** What the tables of counts.ts should hold, counted from the rows; in SQL, and apart from what keeps them. */

const { ever, everOfVersion, hour, day } = countedOver;
const { all, failed, looped } = countedAs;
const isLoop = `what in (select id from names where name in (${loopTypes.map((type) => `'${type}'`).join(', ')}))`;

/** `slot` of a row that has its `hour`. */
const slots = `select ${hour} as span, 1 as hours union all select ${day}, 24`;
const slotOf = 'case when hour < 0 then -1 else hour / hours end';

/** Listed runs whose hour is known, with it. */
const placed = `placed as materialized (
  select id, agent, ${hourOf(timeOf('runs'))} as hour from runs where ${isListed('runs')} and ${timeOf('runs')} is not null)`;
const held = `held as materialized (
  select distinct r.id as run, r.agent, r.hour, e.input_hash as hash
  from placed r join run_events e on e.run = r.id and e.input_hash is not null)`;

/** In the order in which they are counted; columns that are left out are not counted. */
const recounts: Readonly<Record<string, { columns?: string; select: string }>> = {
  run_counts: {
    select: `
    with listed as materialized (
        select id, agent, coalesce(version, 0) as version, ${hourOf(timeOf('runs'))} as hour
        from runs where ${isListed('runs')}),
      struck as materialized (select distinct run, failure_type as what from signals where gone_at is null),
      kinds(run, what) as (
        select run, what from struck
        union all select distinct run, ${failed} from struck
        union all select distinct run, ${looped} from struck where ${isLoop}
        union all select id, ${all} from listed)
    select r.agent, s.span, k.what, ${slotOf} as slot, r.version, count(*) as runs
      from kinds k join listed r on r.id = k.run join (${slots}) s where r.hour is not null group by 1, 2, 3, 4, 5
    union all select agent, ${ever}, ${all}, 0, 0, count(*) from listed group by 1
    union all select agent, ${ever}, failure_type, 0, 0, count(distinct run) from signals where gone_at is null group by 1, 3`,
  },
  signal_counts: {
    select: `
    with days as materialized (
      select agent, case when hour < 0 then -1 else hour / 24 end as slot, failure_type, severity, version,
        count(live) as signals, count(*) - count(live) as gone, min(live) as first_at, max(live) as last_at,
        min(key) as newest
      from (select agent, ${hourOf('detected_at')} as hour, failure_type, severity, coalesce(version, 0) as version,
          iif(gone_at is null, detected_at, null) as live, iif(gone_at is null, key, null) as key from signals)
      group by 1, 2, 3, 4, 5)
    select agent, ${day} as span, slot, failure_type, severity, version, signals, gone, first_at, last_at, newest from days
    union all select agent, ${ever}, 0, failure_type, severity, 0, sum(signals), sum(gone), min(first_at),
      max(last_at), min(newest) from days group by 1, 4, 5
    union all select agent, ${everOfVersion}, version, failure_type, severity, version, sum(signals), sum(gone), min(first_at),
      max(last_at), min(newest) from days group by 1, 3, 4, 5`,
  },
  load_counts: {
    columns: 'agent, span, slot, runs, prompt, prompts, latency_us, latencies',
    select: `
    with ${placed}, loads as materialized (
      select r.agent, r.hour, total(s.prompt) as prompt, total(s.prompts) as prompts, total(s.latency_us) as latency,
        total(s.latencies) as latencies
      from placed r join run_sums s on s.run = r.id group by r.id)
    select agent, span, ${slotOf} as slot, count(*), total(prompt), total(prompts), total(latency), total(latencies)
      from loads join (${slots}) group by 1, 2, 3`,
  },
  inputs: {
    columns: 'agent, hash, runs, failed',
    select: `
    with ${placed}, ${held}
    select agent, hash, count(*), count(s.run)
      from held left join (select distinct run from signals where gone_at is null) s on s.run = held.run group by 1, 2`,
  },
  input_counts: {
    select: `
    with ${placed}, ${held}, kinds as (
      select run, agent, hash, hour, ${all} as what from held
      union all select distinct h.run, h.agent, h.hash, h.hour, s.failure_type
        from held h join signals s on s.run = h.run and s.gone_at is null)
    select i.id, span, ${slotOf} as slot, what, count(*)
      from kinds k join inputs i on i.agent = k.agent and i.hash = k.hash join (${slots}) group by 1, 2, 3, 4`,
  },
};

/** Counts all rows anew, in the transaction under way: some seconds for a million. */
export function recount(sqlite: Database.Database): void {
  for (const [table, { columns, select }] of Object.entries(recounts))
    sqlite.exec(`delete from ${table}; insert into ${table} ${columns ? `(${columns})` : ''} ${select}`);
}

/** Whether the counts are what a recount finds. */
export function areCountsRight(sqlite: Database.Database): boolean {
  return Object.entries(recounts).every(([table, { columns = '*', select }]) => {
    sqlite.exec(`create temp table recounted as ${select}`);
    const kept = `select ${columns} from ${table}`;
    const differing = `select 1 from (select * from recounted except ${kept})
      union all select 1 from (${kept} except select * from recounted) limit 1`;
    const isRight = sqlite.prepare(differing).get() === undefined;
    sqlite.exec('drop table temp.recounted');
    return isRight;
  });
}
