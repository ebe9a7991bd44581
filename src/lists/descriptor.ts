import type { Client } from '../api/client.ts';
import { getPage, isSegment, type Page, type PageRequest, wellFormed } from '../api/pages.ts';
import { type BadRow, isBad, type Sent } from '../api/rows.ts';
import { ApiError } from '../errors.ts';
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
  /** Its path, of one agent. */
  readonly pathOf: (agentId: string) => string;
  /** The same list of all agents, which newer APIs have: its path, and the parameters that leave out what is long. */
  readonly fleet: { readonly path: string; readonly light: Readonly<Record<string, string>> };
  readonly read: (raw: unknown) => Sent<Wire> | BadRow;
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

type Read<Wire, Id extends string | number> = Pick<
  MovingList<Wire, unknown, Id, unknown>,
  'name' | 'pathOf' | 'fleet' | 'read' | 'wireKeyOf'
>;

/** Fetches a page of an agent's list. A row of another agent is not the list's: the path was understood otherwise. */
export async function getListPage<Wire extends { agent_id: string }, Id extends string | number>(
  client: Client,
  { name, pathOf, fleet, read, wireKeyOf }: Read<Wire, Id>,
  agentId: string,
  request: PageRequest,
): Promise<Page<Wire>> {
  const ask = (path: string, params = {}) => getPage(client, { path, params, rowsKey: name, read }, request);
  const askPath = () => ask(pathOf(agentId));
  const page = isSegment(agentId)
    ? await askPath()
    : await ask(fleet.path, { agent_id: wellFormed(agentId) }).catch((error: unknown) => {
        // An older API has no such list, and may find the path.
        if (error instanceof ApiError && error.kind === 'not_found') return askPath();
        throw error;
      });
  const shape = 'row: agent_id is not the requested one';
  const rows = page.rows.map((sent) =>
    isBad(sent) || sent.row.agent_id === agentId ? sent : { shape, key: wireKeyOf(sent.row) },
  );
  return { ...page, rows };
}

/** Fetches a page of the list of all agents; a light one lacks what is long. @throws ApiError of kind not_found: there is none. */
export function getFleetPage<Wire, Id extends string | number>(
  client: Client,
  { name, fleet: { path, light }, read }: Read<Wire, Id>,
  { isLight, ...request }: PageRequest & { isLight: boolean },
): Promise<Page<Wire>> {
  return getPage(client, { path, params: isLight ? light : {}, rowsKey: name, read }, request);
}
