/** The keyboard in pictures: Tab reaches one mark of each, arrows go on from there. */

const middle = (mark: HTMLElement) => {
  // A mark of a timeline is as wide as its lane; what is seen of it is its shape.
  const { left, right } = (mark.querySelector('rect, circle, path') ?? mark).getBoundingClientRect();
  return (left + right) / 2;
};

const isHere = <Item>(item: Item | undefined): item is Item => item !== undefined;

/** The marks of a picture in rows, from the top. */
function rowsOf(group: Element): HTMLElement[][] {
  const rows = new Map<Element | null, HTMLElement[]>();
  for (const mark of group.querySelectorAll<HTMLElement>('.mark')) {
    const row = rows.get(mark.parentElement) ?? [];
    row.push(mark);
    rows.set(mark.parentElement, row);
  }
  return [...rows.values()].map((row) => row.sort((a, b) => middle(a) - middle(b)));
}

function nearest(row: readonly HTMLElement[] | undefined, x: number): HTMLElement | undefined {
  return row?.toSorted((a, b) => Math.abs(middle(a) - x) - Math.abs(middle(b) - x))[0];
}

/** Where a key leads from a mark; undefined: nowhere. */
function ahead(rows: readonly HTMLElement[][], mark: HTMLElement, key: string): HTMLElement | undefined {
  const at = rows.findIndex((row) => row.includes(mark));
  const row = rows[at] ?? [];
  const place = row.indexOf(mark);
  if (key === 'ArrowLeft') return row[place - 1];
  if (key === 'ArrowRight') return row[place + 1];
  if (key === 'Home') return row[0];
  if (key === 'End') return row.at(-1);
  if (key === 'ArrowUp') return at === 0 ? undefined : nearest(rows[at - 1], middle(mark));
  return key === 'ArrowDown' ? nearest(rows[at + 1], middle(mark)) : undefined;
}

function moveFocus(event: KeyboardEvent): void {
  const mark = event.target instanceof Element ? event.target.closest<HTMLElement>('.mark') : null;
  const group = mark?.closest('.marks');
  if (!mark || !group) return;
  const next = ahead(rowsOf(group), mark, event.key);
  if (!next) return;
  event.preventDefault();
  for (const each of group.querySelectorAll<HTMLElement>('.mark[tabindex="0"]')) each.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** Lets the arrow keys move in all pictures of the page, also those that are drawn later. */
export function followArrows(page: Document): void {
  page.addEventListener('keydown', moveFocus);
}

/** Puts a mark of each picture into the order of Tab. */
export function admitTab(root: ParentNode): void {
  for (const group of root.querySelectorAll('.marks')) {
    const marks = [...group.querySelectorAll<HTMLElement>('.mark')];
    const [first] = [marks.find(({ tabIndex }) => tabIndex === 0), marks[0]].filter(isHere);
    if (first) first.tabIndex = 0;
  }
}
