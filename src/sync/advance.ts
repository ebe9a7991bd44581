import { ApiError } from '../errors.ts';
import { type Finding, type PageOutcome, pageOffset, type Walk, wasRead } from './plan.ts';

/**
 * Decides whether the pages of a list lead anywhere. A list may be long, move while it is read, and give smaller pages
 * than we asked for. But each walk must end, whatever the API answers. Everything here is pure.
 */

/** A visit may ask for this many pages, however few rows the list holds. */
const freePages = 50;
/** A visit may walk a list several times, because the list moves meanwhile. */
const walksOfAVisit = 8;
/** How many pages' worth of rows a walk may meet a second time although nothing arrived on top. */
const repeatedPages = 3;
/** How many pages in a row may lead nowhere while we still find out their size. */
const maxIdle = 3;

/** How many pages a visit may request of a list with this many rows. */
export function mostPages(rows: number, pageSize: number): number {
  const step = Math.max(1, pageOffset(pageSize, pageSize));
  return freePages + walksOfAVisit * Math.ceil(rows / step);
}

/** A judged page, and what we know of its list. */
export interface WalkedPage {
  walk: Walk;
  outcome: PageOutcome;
  findings: readonly Finding[];
  /** The page size that gave the request's offset; the page that came has this length. */
  pageSize: number;
  total: number;
}

/** What one visit has met of a list so far. */
export interface Way {
  pages: number;
  /** Rows that were new to a walk. */
  fresh: number;
  /** The current tail pass, and the rows that it has met before. */
  tailPass: number;
  repeats: number;
  /** How many rows it or later passes had read when it last began, went on after another visit, or went back. */
  known: number;
  /** Pages in a row that did not lead on. */
  idle: number;
  firstTotal: number | null;
}

export const newProgress: Way = {
  pages: 0,
  fresh: 0,
  tailPass: 0,
  repeats: 0,
  known: 0,
  idle: 0,
  firstTotal: null,
};

/**
 * The way after one more page.
 * @param countRead counts the rows that the walk's pass or a later one has read, without this page.
 */
export function goOn(way: Way, page: WalkedPage, countRead: () => number): Way {
  const { walk, outcome, findings, pageSize, total } = page;
  const offset = pageOffset(walk.cursor, pageSize);
  const added = outcome.gap ? [] : findings.slice(walk.cursor - offset);
  // A head pass meets a row once, whether it brings the row or finds it; the streak of found rows ends the pass.
  const isKnown = (finding: Finding) => walk.kind === 'tail' && wasRead(finding, walk);
  const repeats = added.filter(isKnown).length;
  const isIdle = !outcome.gap && !outcome.ended && outcome.cursor <= walk.cursor;
  const isTail = walk.kind === 'tail';
  const begins = isTail && walk.pass !== way.tailPass;
  const goesOver = isTail && (outcome.gap || (begins && walk.cursor > 0));
  return {
    pages: way.pages + 1,
    tailPass: isTail ? walk.pass : way.tailPass,
    known: goesOver ? countRead() : begins ? 0 : way.known,
    fresh: way.fresh + added.length - repeats,
    // Where rows were missing, the walk goes back over known rows.
    repeats: walk.cursor === 0 || outcome.gap ? 0 : way.repeats + repeats,
    idle: isIdle ? way.idle + 1 : 0,
    firstTotal: way.firstTotal ?? total,
  };
}

const ill = (what: string) =>
  new ApiError('ill_list', `${what}. The mirror keeps what could be read; the next pass tries again.`);

/**
 * Why this pass may request no further page; undefined: it may.
 * @param rows the list's rows in the mirror.
 */
export function endlessError({ pages, fresh, firstTotal }: Way, rows: number, pageSize: number): ApiError | undefined {
  if (pages < mostPages(Math.min(firstTotal ?? 0, Math.max(rows, fresh)), pageSize)) return undefined;
  return ill(
    `it does not end: one pass read ${pages} pages, although the first page gave a total of ${firstTotal} rows`,
  );
}

/**
 * Why the page shows that its list leads nowhere; undefined: it leads on.
 * @param countMoved counts the rows that later passes put above those of the tail pass.
 */
export function illError(
  { repeats, known, idle, firstTotal }: Way,
  { outcome, pageSize, total }: WalkedPage,
  countMoved: () => number,
): ApiError | undefined {
  if (outcome.ended) return undefined;
  if (idle >= maxIdle) return ill(`its pages do not go past row ${outcome.cursor}, although its total is ${total}`);
  // A walk that goes over known rows, as it went back or a head pass has overtaken it, meets each of them once more.
  const arrived = known + repeatedPages * pageSize + Math.max(0, total - (firstTotal ?? total));
  if (repeats <= arrived || repeats <= arrived + countMoved()) return undefined;
  return ill(`its pages repeat rows (${repeats} so far), although its total is ${total}`);
}
