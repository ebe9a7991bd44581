import { countedAs, loopTypes } from './day-tables.ts';

/** Plain SQL on what runs count as; for runs called `r`. */

/** Unix seconds at which a run took place; NULL: not known, and so in no window. */
export const runTime = 'coalesce(r.started_at, r.completed_at)';

export const isListedRun = 'r.gone_at is null and r.pass is not null';

const loops = loopTypes.map((type) => `'${type}'`).join(', ');

/**
 * The common table expressions that end in `kinds`: what each run of the table `listed` counts as, a row for each
 * (`countedAs`, or the number of a failure type), with the columns of `listed`, of which `id` is the run's number.
 */
export const kindsOfListed = (columns: string) => `
  failed as materialized (
    select distinct listed.*, s.failure_type as what
    from listed cross join signals s on s.run = listed.id and s.gone_at is null),
  kinds as (
    select ${columns}, ${countedAs.all} as what from listed
    union all select ${columns}, what from failed
    union all select distinct ${columns}, ${countedAs.failed} from failed
    union all select distinct ${columns}, ${countedAs.looped} from failed
      where what in (select id from names where name in (${loops})))`;
