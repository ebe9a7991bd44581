import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { names, runEvents, runs } from '../mirror/schema.ts';

const called = sql`(select id from names where name = 'llm.called')`;

/**
 * The model calls in the events of the runs that `where` picks, one row for each. A call is an `llm.called` event with the
 * `llm.responded` events up to the next one; responses before any call make one row too. SDKs differ in the event that
 * carries a number, and some send it on both, so that it is read from one: prompt tokens from the call if they are there,
 * completion tokens and latency from the response if they are there. Each sum comes with how many values it is of.
 */
export function llmCalls({ db }: Reader, where: SQL | undefined) {
  const isLlm = inArray(
    runEvents.eventType,
    db
      .select({ id: names.id })
      .from(names)
      .where(inArray(names.name, ['llm.called', 'llm.responded'])),
  );
  const events = db
    .select({
      run: runEvents.run,
      isCall: sql<number>`coalesce(${runEvents.eventType} = ${called}, 0)`.as('is_call'),
      call: sql<number>`sum(coalesce(${runEvents.eventType} = ${called}, 0)) over (partition by ${runEvents.run} order by ${runEvents.seq})`.as(
        'call',
      ),
      model: runEvents.model,
      prompt: sql`${runEvents.promptTokens}`.as('prompt'),
      completion: sql`${runEvents.completionTokens}`.as('completion'),
      latency: sql`${runEvents.latencyMs}`.as('latency'),
    })
    .from(runs)
    .innerJoin(runEvents, eq(runEvents.run, runs.id))
    .where(and(where, isLlm))
    .as('events');
  const { isCall, prompt, completion, latency } = events;
  const onCall = (value: SQL.Aliased) => sql`max(iif(${isCall}, ${value}, null))`;
  const onResponse = (value: SQL.Aliased) => sql`sum(iif(${isCall}, null, ${value}))`;
  const responses = (value: SQL.Aliased) => sql`count(iif(${isCall}, null, ${value}))`;
  return db
    .select({
      run: events.run,
      model: sql<number | null>`coalesce(max(iif(${isCall}, ${events.model}, null)), max(${events.model}))`.as('model'),
      prompt: sql<number | null>`coalesce(${onCall(prompt)}, ${onResponse(prompt)})`.as('prompt'),
      prompts: sql<number>`iif(${onCall(prompt)} is null, ${responses(prompt)}, 1)`.as('prompts'),
      completion: sql<number | null>`coalesce(${onResponse(completion)}, ${onCall(completion)})`.as('completion'),
      latency: sql<number | null>`coalesce(${onResponse(latency)}, ${onCall(latency)})`.as('latency'),
      latencies: sql<number>`max(${responses(latency)}, ${onCall(latency)} is not null)`.as('latencies'),
    })
    .from(events)
    .groupBy(events.run, sql`${events.call}`)
    .as('calls');
}
