import { allLists, rowOfList } from '../lists/names.ts';
import { idText, printable } from '../printable.ts';
import { prose } from '../prose.ts';
import type { CheckSummary, ListDifferences } from '../sync/check.ts';
import { plural } from './plural.ts';

const maxExamples = 3;

/** One kind of difference: how many rows of a list have it, and some of their ids. */
export interface DifferenceGroup {
  agentId: string;
  list: string;
  kind: string;
  field: string | null;
  count: number;
  examples: string[];
}

/** The differences of a list, grouped by kind and field, most rows first. */
export function groupsOf({ agentId, list, differences }: ListDifferences): DifferenceGroup[] {
  const groups = new Map<string, DifferenceGroup>();
  for (const { kind, field, id } of differences) {
    const key = JSON.stringify([kind, field]);
    const group = groups.get(key) ?? { agentId, list, kind, field, count: 0, examples: [] };
    groups.set(key, group);
    group.count += 1;
    if (group.examples.length < maxExamples && !id.startsWith('?')) group.examples.push(id);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

const said: Readonly<Record<string, string>> = {
  missing: 'only the API has',
  surplus: 'only the mirror has',
  unread: "can't be read:",
};

function groupLine({ agentId, list, kind, field, count, examples }: DifferenceGroup): string {
  const whose = agentId === '' ? list.replaceAll('_', ' ') : `${list} of ${idText(agentId)}`;
  const what = kind === 'differs' ? `differ in ${field}:` : said[kind];
  const why = kind === 'unread' ? ` (${prose(field ?? '')})` : '';
  const some =
    examples.length === 0 ? '' : ` (${examples.map(idText).join(', ')}${count > examples.length ? ', ...' : ''})`;
  return `  ${whose}: ${what} ${plural(count, 'row')}${some}${why}`;
}

/** What a check of the mirror against the API found. */
export function checkLines({ rows, requests, lists, failures }: CheckSummary): string[] {
  const others = Object.entries(rows).filter(([list, count]) => count > 0 && !allLists.some((name) => name === list));
  const compared = [...allLists.map((list): [string, number] => [list, rows[list] ?? 0]), ...others].map(
    ([list, count]) => plural(count, rowOfList(list)),
  );
  const looked = `${compared.slice(0, -1).join(', ')} and ${compared.at(-1)}`;
  const groups = lists.flatMap(groupsOf);
  return [
    `Compared: ${looked} of the API with the mirror, in ${plural(requests, 'request')}`,
    groups.length === 0 ? 'Differences: none' : 'Differences, each seen twice:',
    ...groups.map(groupLine),
    ...failures.map(
      ({ agentId, list, message }) => `Not read: the ${list} of ${idText(agentId)} (${printable(message)})`,
    ),
    ...(groups.length === 0 ? [] : ['`dunetrace-mcp sync --full` makes the mirror equal to the API.']),
  ];
}
