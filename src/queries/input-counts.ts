import { type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { countedAs } from '../mirror/counts.ts';
import { boundsOf, ofTheRest, ofWholeSlots } from './span-parts.ts';
import { isListedR, type Span } from './spans.ts';

/** The runs of a span that had an input. */
export interface InputRuns {
  hash: string;
  /** All of them (`countedAs.all`), and those with each failure type, by its number. */
  runs: Map<number, number>;
  /** How many of the agent's runs with this input failed, at whatever time. */
  failedEver: number;
}

const p = sql.placeholder;

/** Inputs that are looked at together. */
const chunk = 200;

/** Those that several runs had, some of which failed; from after one of them on. */
const candidates = prepared((db) =>
  db
    .select({ id: sql<number>`id`, hash: sql<string>`hash`, failedEver: sql<number>`failed` })
    .from(sql`inputs`)
    .where(sql`agent = ${p('agent')} and runs > 1 and failed > 0 and (failed, id) < (${p('failedEver')}, ${p('id')})`)
    .orderBy(sql`failed desc, id desc`)
    .limit(chunk)
    .prepare(),
);

const cells = prepared((db) => {
  const kept = (isAskedFor: SQL) => sql`
    select c.input, c.what, c.runs from i cross join input_counts c on c.input = i.id and ${isAskedFor}`;
  return db
    .select({ input: sql<number>`input`, what: sql<number>`what`, runs: sql<number>`sum(runs)` })
    .from(
      sql`(with i(id) as materialized (select value from json_each(${p('inputs')}))
        ${ofWholeSlots(kept)})`,
    )
    .groupBy(sql`input`, sql`what`)
    .prepare();
});

/** The runs of the moments that are no whole hours, by input and by what each counts as. */
const rest = prepared((db) => {
  const held = (isAskedFor: SQL) => sql`
    select distinct r.id as run, i.id as input from runs r
    join run_events e on e.run = r.id and e.input_hash is not null
    join inputs i on i.agent = r.agent and i.hash = e.input_hash
    where r.agent = ${p('agent')} and ${isAskedFor} and ${isListedR}`;
  return db
    .select({ input: sql<number>`input`, what: sql<number>`what`, runs: sql<number>`count(distinct run)` })
    .from(
      sql`(with held as materialized (${ofTheRest(held)})
        select run, input, ${sql.raw(String(countedAs.all))} as what from held
        union all select run, input, failure_type from held join signals using (run) where gone_at is null)`,
    )
    .groupBy(sql`input`, sql`what`)
    .prepare();
});

/**
 * The inputs that several runs of an agent (by its number) had, at whatever time, and with which one failed: some at a time,
 * those with the most failed runs first; each with its runs of a span.
 */
export function* repeatedInputs(reader: Reader, agent: number, span: Span): Generator<InputRuns[]> {
  const bounds = boundsOf(span);
  let rests: ReturnType<ReturnType<typeof rest>['all']> | undefined;
  let after = { failedEver: Number.MAX_SAFE_INTEGER, id: 0 };
  for (;;) {
    const found = candidates(reader).all({ agent, ...after });
    const last = found.at(-1);
    if (!last) return;
    rests ??= rest(reader).all({ agent, ...bounds });
    const inputs = new Map(found.map(({ id, ...input }) => [id, { ...input, runs: new Map<number, number>() }]));
    const counted = cells(reader).all({ ...bounds, inputs: JSON.stringify([...inputs.keys()]) });
    for (const { input, what, runs } of [...counted, ...rests]) {
      const known = inputs.get(input)?.runs;
      known?.set(what, (known.get(what) ?? 0) + runs);
    }
    yield [...inputs.values()];
    if (found.length < chunk) return;
    after = last;
  }
}
