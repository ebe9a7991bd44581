import { ApiError } from '../errors.ts';

/** A slice of a list. */
export interface PageSlice {
  offset: number;
  limit: number;
}

/** What a slice of a list holds. */
export interface Part<Item> {
  rows: Item[];
  total: number;
  hasMore: boolean;
}

/** `asksForLess`: it throws a server error at once, without a retry. */
export type Ask<Item> = (slice: PageSlice & { asksForLess: boolean }) => Promise<Part<Item>>;

/** How many requests may fail for one page: enough to find about six rows. */
const maxFailures = 64;

/** Whether one row may be the cause: the server fails on it, or sends something unreadable for it. */
function mayBeOfARow(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.kind === 'server_error' || error.kind === 'bad_answer');
}

/**
 * Requests a page. If the page fails as a whole, it halves the page until each failing row is alone; `lost` makes their
 * replacements. If single rows fail as well, the API is the cause and not a row: then it requests the page with the
 * usual retries for an API in trouble.
 * @throws ApiError when it can't get the page.
 */
export async function inHalves<Item>(
  ask: Ask<Item>,
  { offset, limit }: PageSlice,
  lost: (error: ApiError) => Item,
): Promise<Part<Item>> {
  let failures = 0;

  async function tryPart(slice: PageSlice): Promise<Part<Item> | ApiError> {
    try {
      return await ask({ ...slice, asksForLess: true });
    } catch (error) {
      failures += 1;
      if (!mayBeOfARow(error) || failures > maxFailures) throw error;
      return error;
    }
  }

  /** Reads the slice, which failed as a whole. `total` is the list's total in the latest answer. */
  async function halve({ offset, limit }: PageSlice, total: number, error: ApiError): Promise<Part<Item>> {
    if (limit === 1) return { rows: offset < total ? [lost(error)] : [], total, hasMore: offset + 1 < total };
    const half = Math.ceil(limit / 2);
    const left = await read({ offset, limit: half }, total);
    if (!left.hasMore || left.rows.length < half) return left;
    const right = await read({ offset: offset + half, limit: limit - half }, left.total);
    return { ...right, rows: [...left.rows, ...right.rows] };
  }

  async function read(slice: PageSlice, total: number): Promise<Part<Item>> {
    const part = await tryPart(slice);
    return part instanceof ApiError ? halve(slice, total, part) : part;
  }

  /** Finds a row that the API can send; undefined: it can send neither the first nor the middle one. */
  async function findRow(): Promise<Part<Item> | undefined> {
    for (const place of [offset, offset + Math.floor(limit / 2)]) {
      const row = await tryPart({ offset: place, limit: 1 });
      if (!(row instanceof ApiError)) return row;
    }
    return undefined;
  }

  if (limit === 1) return ask({ offset, limit, asksForLess: false });
  const page = await tryPart({ offset, limit });
  if (!(page instanceof ApiError)) return page;
  const row = await findRow();
  if (row) return halve({ offset, limit }, row.total, page);
  if (page.kind === 'server_error') return ask({ offset, limit, asksForLess: false });
  throw page;
}
