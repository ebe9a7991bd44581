import { type Markup, markup, nothing } from '../pictures/markup.ts';

export interface Column<Row> {
  title: string;
  /** Aligned to the right. */
  isNumber?: true;
  cell: (row: Row) => Markup;
}

interface Look<Row> {
  /** Whether the cells are short enough to stand two by two. */
  isShort?: boolean;
  /** Tells a row's element from all others. */
  idOf?: (row: Row) => string;
}

/**
 * A table whose first column names its rows. Where there is no room for its columns, the style puts the cells of a row below
 * each other, each after its title, short ones two by two; the roles say that it still is a table.
 */
export function table<Row>(
  first: Column<Row>,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { isShort = false, idOf }: Look<Row> = {},
): Markup {
  const classOf = ({ isNumber }: Column<Row>) => (isNumber ? markup` class="num"` : nothing);
  const heads = [first, ...columns].map(
    (column) => markup`<th role="columnheader" scope="col"${classOf(column)}>${column.title}</th>`,
  );
  const lines = rows.map((row) => {
    const others = columns.map(
      (column) => markup`<td role="cell"${classOf(column)} data-title="${column.title}">${column.cell(row)}</td>`,
    );
    const id = idOf ? markup` id="${idOf(row)}"` : nothing;
    return markup`<tr role="row"${id}><th role="rowheader" scope="row">${first.cell(row)}</th>${others}</tr>`;
  });
  return markup`<table role="table" class="rows ${isShort ? 'short' : 'long'}"><thead role="rowgroup"><tr role="row">${heads}</tr></thead><tbody role="rowgroup">${lines}</tbody></table>`;
}
