import { type SQL, sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import { countedOver } from '../mirror/counts.ts';
import { type Span, timeOfR } from './spans.ts';

/** Hours or days, by their numbers since 1970; the last one is the one before `until`. */
export interface Slots {
  from: number;
  until: number;
}

/** What a span is made of: whole days, the whole hours before and after them, and what is left of an hour at each end. */
export interface SpanParts {
  days: Slots;
  hoursBefore: Slots;
  hoursAfter: Slots;
  /** From its first moment until before its end; nothing where both are the same. */
  restBefore: Span;
  /** To its end, included. */
  restAfter: Span;
}

const hourSeconds = 3600;
const dayHours = daySeconds / hourSeconds;

/**
 * A span's parts as values for the placeholders of a statement: the slots of its days and of its hours before and after
 * them, the moments from `from` until before `restEnd`, and those from `restFrom` to `end`, which is included.
 */
export function boundsOf(span: Span) {
  const { days, hoursBefore, hoursAfter, restBefore, restAfter } = partsOf(span);
  return {
    dayFrom: days.from,
    dayUntil: days.until,
    beforeFrom: hoursBefore.from,
    beforeUntil: hoursBefore.until,
    afterFrom: hoursAfter.from,
    afterUntil: hoursAfter.until,
    from: restBefore.from,
    restEnd: restBefore.end,
    restFrom: restAfter.from,
    end: restAfter.end,
  };
}

const p = sql.placeholder;

/**
 * For statements with these placeholders, the rows of a table of counts for a span's whole days and hours: `rows` selects
 * those that a condition on their `span` and `slot` asks for.
 */
export function ofWholeSlots(rows: (isAskedFor: SQL) => SQL): SQL {
  const between = (span: number, from: string, until: string) =>
    rows(sql`span = ${span} and slot >= ${p(from)} and slot < ${p(until)}`);
  return sql`${between(countedOver.day, 'dayFrom', 'dayUntil')}
    union all ${between(countedOver.hour, 'beforeFrom', 'beforeUntil')}
    union all ${between(countedOver.hour, 'afterFrom', 'afterUntil')}`;
}

/** The same of what is left of the span: `rows` selects those of the runs, called `r`, that a condition on their time asks for. */
export const ofTheRest = (rows: (isAskedFor: SQL) => SQL): SQL => sql`
  ${rows(sql`${timeOfR} >= ${p('from')} and ${timeOfR} < ${p('restEnd')}`)}
  union all ${rows(sql`${timeOfR} >= ${p('restFrom')} and ${timeOfR} <= ${p('end')}`)}`;

/** Takes a span apart. Moments lie after 1970. */
export function partsOf({ from, end }: Span): SpanParts {
  const firstHour = Math.ceil(from / hourSeconds);
  const endHour = Math.floor(end / hourSeconds);
  const firstDay = Math.ceil(firstHour / dayHours);
  const endDay = Math.max(firstDay, Math.floor(endHour / dayHours));
  if (firstHour > endHour) {
    const none = { from: 0, until: 0 };
    return {
      days: none,
      hoursBefore: none,
      hoursAfter: none,
      restBefore: { from, end: from },
      restAfter: { from, end },
    };
  }
  const hasDays = firstDay * dayHours <= endHour;
  return {
    days: { from: firstDay, until: hasDays ? endDay : firstDay },
    hoursBefore: { from: firstHour, until: hasDays ? firstDay * dayHours : endHour },
    hoursAfter: hasDays ? { from: endDay * dayHours, until: endHour } : { from: 0, until: 0 },
    restBefore: { from, end: firstHour * hourSeconds },
    restAfter: { from: endHour * hourSeconds, end },
  };
}
