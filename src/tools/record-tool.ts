import * as z from 'zod';
import type { RecordList, RecordShape } from '../lists/record-list.ts';
import type { RecordListName } from '../lists/records.ts';
import { idText } from '../printable.ts';
import { recordItems, recordListStatus } from '../queries/records.ts';
import { type Column, table } from '../text/tables.ts';
import { second } from '../text/time.ts';
import { demandMirror } from './about-agent.ts';
import { text } from './arguments.ts';
import { defineTool, type Tool } from './define-tool.ts';

/** A column of a table, and its cell of a row. */
export interface Cell<Row> extends Column {
  of: (row: Row) => string;
}

/** The rows of a small list concern one agent, or all. */
type OfAgents = RecordShape & { agent_id: z.ZodType<string> };

const ofAgent = z.object({ agent_id: z.string() });

/** A row without what it leaves open, with its times in UTC. */
const shownRow = (row: object) =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, name.endsWith('_at') && typeof value === 'number' ? second(value) : value]),
  );

/** A tool that shows a small list: all of it, or what concerns an agent. */
export function recordTool<Shape extends OfAgents>(definition: {
  name: string;
  title: string;
  description: string;
  list: RecordList<Shape> & { name: RecordListName };
  cells: readonly Cell<z.infer<z.ZodObject<Shape>>>[];
}): Tool {
  const { list, cells, ...named } = definition;
  const rows = list.name.replaceAll('_', ' ');
  return defineTool({
    ...named,
    input: z.strictObject({ agent_id: text().optional().describe('From list_agents; all unless given') }),
    output: z.object({ items: z.array(z.record(z.string(), z.unknown())), offered: z.boolean() }),
    handler: ({ agent_id: agentId }, { ensure }) =>
      ensure.records(list.name, undefined, (reader, ensured) => {
        const status = recordListStatus(reader).find((one) => one.list === list.name);
        if (status === undefined) demandMirror(reader, ensured);
        const concerns = (id: string) => agentId === undefined || id === '*' || id === agentId.trim();
        const items = recordItems(reader, list).filter((item) => concerns(ofAgent.parse(item).agent_id));
        const none = agentId === undefined ? `There are no ${rows}.` : `There are no ${rows} for ${idText(agentId)}.`;
        const isMissing = status?.isMissing === true && items.length === 0;
        const missing = `This Customer API does not offer ${rows}; newer versions of Dunetrace do.`;
        const shown = table(
          cells,
          items.map((item) => cells.map(({ of }) => of(item))),
        );
        return {
          lines:
            items.length > 0
              ? shown
              : [isMissing ? missing : status?.readAt == null ? `No ${rows} are mirrored yet.` : none],
          structured: { items: items.map(shownRow), offered: !isMissing },
          freshness: ensured.freshness,
        };
      }),
  });
}
