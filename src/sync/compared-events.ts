import { asc, eq } from 'drizzle-orm';
import { contentMeta } from '../db/content.ts';
import type { Reader } from '../db/open.ts';
import { vRunEvents } from '../db/views.ts';
import { contentOf, hashedContent } from '../lists/content.ts';
import { eventRowsOf, type RunDetail } from '../lists/run-detail.ts';
import { fieldsApart } from './check-rows.ts';

/**
 * Says how the mirror's events of a run differ from those in its detail. `mayLack`: the mirror may not have the last ones
 * yet. The API drops all events of an old run; then there is nothing to compare.
 * @returns undefined: they are the same.
 */
export function eventsApart(reader: Reader, detail: RunDetail, { mayLack }: { mayLack: boolean }): string | undefined {
  const { run_id: runId } = detail.run.row;
  const held = reader.db
    .select()
    .from(vRunEvents)
    .where(eq(vRunEvents.runId, runId))
    .orderBy(asc(vRunEvents.seq))
    .all();
  const sent = detail.events.length;
  if (held.length === 0 || sent === 0) return undefined;
  if (held.length > sent || (held.length < sent && !mayLack))
    return `it has ${held.length} events of the run ${runId}, and the API has ${sent}`;
  const meta = contentMeta(reader.db);
  // A mirror that keeps texts may have hashed some before.
  const contents = [contentOf(meta), ...(meta.content === 'hash' ? [] : [hashedContent(meta.contentSecret)])];
  const forms = contents.map((content) => eventRowsOf(detail, content));
  for (const [place, have] of held.entries()) {
    const apart = forms.map((rows) => fieldsApart(rows[place] ?? {}, have));
    if (apart.every((fields) => fields.length > 0))
      return `event ${place + 1} of the run ${runId} has another ${apart[0]?.[0]}`;
  }
  return undefined;
}
