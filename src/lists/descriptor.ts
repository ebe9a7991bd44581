import type { Client } from '../api/client.ts';
import { getPage, type ListSource, type Page, type PageRequest } from '../api/pages.ts';
import { isBad, type Sent } from '../api/rows.ts';
import type { Content } from './content.ts';
import type { ListName } from './names.ts';

/**
 * An agent's list that is newest first, paged, and moves while it is read. `Wire` is a row as it is sent, `Row` as the mirror
 * stores it; `Kept` is what a stored row keeps though the API drops it for age.
 */
export interface MovingList<Wire, Row, Id extends string | number, Kept> {
  readonly name: ListName;
  /** What people read of it. */
  readonly view: string;
  readonly source: (agentId: string) => ListSource<Wire>;
  /** What a row is known by, as it is sent. */
  readonly wireKeyOf: (row: Wire) => Id;
  readonly rowOf: (sent: Sent<Wire>, content: Content) => Row;
  readonly idOf: (row: Row) => Id;
  readonly isId: (id: unknown) => id is Id;
  /** What is wrong with a row whose id is another agent's. */
  readonly sharedShape: string;
  /** The time (Unix seconds) from which on the mirror has everything once it has these rows; null: they do not tell. */
  readonly reachOf: (rows: readonly Wire[]) => number | null;
  /** Whether a row, of which the mirror knows `known`, is from before `keepFrom` (Unix seconds). */
  readonly isOld: (row: Row, known: Kept | undefined, keepFrom: number) => boolean;
  /** How many of its rows are removed in a transaction, as a share of the usual. */
  readonly pruneShare: number;
}

/** Fetches a page of an agent's list. A row of another agent is not the list's: the path was understood otherwise. */
export async function getListPage<Wire extends { agent_id: string }, Id extends string | number>(
  client: Client,
  { source, wireKeyOf }: Pick<MovingList<Wire, unknown, Id, unknown>, 'source' | 'wireKeyOf'>,
  agentId: string,
  request: PageRequest,
): Promise<Page<Wire>> {
  const page = await getPage(client, source(agentId), request);
  const shape = 'row: agent_id is not the one that was asked for';
  const rows = page.rows.map((sent) =>
    isBad(sent) || sent.row.agent_id === agentId ? sent : { shape, key: wireKeyOf(sent.row) },
  );
  return { ...page, rows };
}
