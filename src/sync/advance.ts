import { ApiError } from '../errors.ts';
import { type Finding, type PageOutcome, pageOffset, type Walk, wasRead } from './plan.ts';

/**
 * Whether the pages of a list lead anywhere. A list may be long, move while it is read and give smaller pages than were asked
 * for; but each walk must come to an end, whatever the API answers. All of it is pure.
 */

/** Whatever a list holds, so many pages may be asked for. */
const freePages = 50;
/** A visit may walk a list several times, for what moves meanwhile. */
const walksOfAVisit = 8;
/** Pages' lengths of rows that a walk may meet a second time though nothing came in on top. */
const repeatedPages = 3;
/** Pages in a row that may come to nothing: their size is still being found out. */
const maxIdle = 3;

/** How many pages of a list with so many rows may be asked for in one go. */
export function mostPages(rows: number, pageSize: number): number {
  const step = Math.max(1, pageOffset(pageSize, pageSize));
  return freePages + walksOfAVisit * Math.ceil(rows / step);
}

/** A page that was judged, and what is known of its list. */
export interface WalkedPage {
  walk: Walk;
  outcome: PageOutcome;
  findings: readonly Finding[];
  /** What was asked for began here, and what came is this long. */
  pageSize: number;
  total: number;
}

/** What one visit has met of a list so far. */
export interface Way {
  pages: number;
  /** Rows that were new to a walk. */
  fresh: number;
  /** Rows that the tail pass under way has met before. */
  repeats: number;
  /** Pages in a row that did not lead on. */
  idle: number;
  firstTotal: number | null;
}

export const newWay: Way = { pages: 0, fresh: 0, repeats: 0, idle: 0, firstTotal: null };

/** The way after a further page. */
export function goOn(way: Way, { walk, outcome, findings, pageSize, total }: WalkedPage): Way {
  const offset = pageOffset(walk.cursor, pageSize);
  const added = outcome.gap ? [] : findings.slice(walk.cursor - offset);
  // A row that a head pass brings, or finds, is met by it once; the streak of those that it finds is what ends it.
  const isKnown = (finding: Finding) => walk.kind === 'tail' && wasRead(finding, walk);
  const repeats = added.filter(isKnown).length;
  const isIdle = !outcome.gap && !outcome.ended && outcome.cursor <= walk.cursor;
  return {
    pages: way.pages + 1,
    fresh: way.fresh + added.length - repeats,
    // Where rows were missing, the walk goes back over what it knows.
    repeats: walk.cursor === 0 || outcome.gap ? 0 : way.repeats + repeats,
    idle: isIdle ? way.idle + 1 : 0,
    firstTotal: way.firstTotal ?? total,
  };
}

const ill = (what: string) =>
  new ApiError('ill_list', `${what}. What could be read is mirrored; the next pass tries again.`);

/**
 * Why no further page is to be asked for in this pass; undefined: one may be.
 * @param rows of the list in the mirror.
 */
export function whyEndless({ pages, fresh, firstTotal }: Way, rows: number, pageSize: number): ApiError | undefined {
  if (pages < mostPages(Math.min(firstTotal ?? 0, Math.max(rows, fresh)), pageSize)) return undefined;
  return ill(
    `it does not end: ${pages} pages were read in one pass, and ${firstTotal} rows are what it told of at first`,
  );
}

/**
 * Why the page shows that its list leads nowhere; undefined: it leads on.
 * @param countMoved counts the rows that later passes have put above those of the tail pass.
 */
export function whyIll(
  { repeats, idle, firstTotal }: Way,
  { outcome, pageSize, total }: WalkedPage,
  countMoved: () => number,
): ApiError | undefined {
  if (outcome.ended) return undefined;
  if (idle >= maxIdle) return ill(`its pages do not lead on from row ${outcome.cursor}, and it tells of ${total}`);
  const arrived = repeatedPages * pageSize + Math.max(0, total - (firstTotal ?? total));
  if (repeats <= arrived || repeats <= arrived + countMoved()) return undefined;
  return ill(`its pages show rows again that they showed before, ${repeats} so far, and it tells of ${total}`);
}
