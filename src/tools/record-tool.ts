import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import type { RecordList } from '../lists/record-list.ts';
import type { RecordListName } from '../lists/records.ts';
import { isMissing, recordListStatus } from '../queries/records.ts';
import type { Ensured } from '../sync/ensure.ts';
import { plainTable } from '../text/tables.ts';
import { second } from '../text/time.ts';
import { demandMirror } from './about-agent.ts';

/** What the tools over lists beside agents, runs and signals share. */

/** A column of a table, and its cell of a row. */
export interface Cell<Row> {
  title: string;
  of: (row: Row) => string;
}

/** Items as the API has them, without the fields that it leaves open; `offered`: the API has such a list. */
export const recordsShape = { items: z.array(z.record(z.string(), z.unknown())), offered: z.boolean() };

/** A row without what it leaves open, with its times in UTC. */
export const shownRow = (row: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, isTime(name) && typeof value === 'number' ? second(value) : value]),
  );

const isTime = (name: string) => /_(at|seen)$/.test(name);

/** What an answer says of rows: a table, or why there are none; `made` says how there come to be some. */
export function recordsAnswer<Row extends object>(
  reader: Reader,
  ensured: Ensured,
  list: Pick<RecordList, 'since'> & { name: RecordListName },
  {
    items,
    cells,
    total = items.length,
    made,
  }: { items: readonly Row[]; cells: readonly Cell<Row>[]; total?: number; made?: string },
) {
  const rows = list.name.replaceAll('_', ' ');
  const status = recordListStatus(reader).find(({ list: name }) => name === list.name);
  if (status === undefined) demandMirror(reader, ensured);
  const isNotOffered = isMissing(reader, list) && items.length === 0;
  const { trouble } = ensured;
  function none(): string {
    if (trouble?.kind === 'left_out') return trouble.message;
    if (isNotOffered) return `This Customer API does not offer ${rows}; newer versions of Dunetrace do.`;
    if (status === undefined || status.readAt === null) return `No ${rows} are mirrored yet.`;
    return [`There are no ${rows} that match.`, ...(made === undefined ? [] : [made])].join(' ');
  }
  const shown = () =>
    plainTable(
      cells.map(({ title }) => title),
      items.map((item) => cells.map(({ of }) => of(item))),
    );
  const more = total > items.length ? [`${items.length} shown of ${total}.`] : [];
  return {
    lines: items.length > 0 ? [...shown(), ...more] : [none()],
    structured: { items: items.map(shownRow), offered: !isNotOffered },
    freshness: ensured.freshness,
  };
}
