import { cut, json, printable } from '../printable.ts';
import { looksLikeOurs } from '../prose.ts';
import type { Freshness } from '../sync/freshness.ts';
import { freshnessLine } from '../text/freshness.ts';
import { type NextCall, nextLine } from '../text/next.ts';
import {
  bytesOf,
  fittedFields,
  fittedLines,
  leftOutFieldsNote,
  leftOutLinesNote,
  maxAnswerBytes,
  nothingLeftOut,
} from './bound.ts';
import { cleanLines, cleanObject, hiddenNotes } from './clean.ts';

/** An answer: the same facts as lines for people and as an object for programs. */
export interface Answer {
  text: string;
  structured: Record<string, unknown>;
  /** The answer's source and age; both forms contain it too. */
  freshness: Freshness;
}

/** What a tool found. */
export interface Found<Structured = Record<string, unknown>> {
  lines: readonly string[];
  structured: Structured;
  /** What only the picture of the answer needs. */
  picture?: Record<string, unknown> | undefined;
  freshness: Freshness;
  /** How the tool interpreted the question, where the caller should know. */
  notes?: readonly string[];
  /** Up to three calls that often follow this one. */
  next?: readonly NextCall[];
  /** Fields of `structured` that hold ids, failure types or versions here, besides those that do in every answer. */
  exact?: readonly string[];
}

/** What the caller should know, and what the ids hide. */
const notesOf = ({ structured, notes = [], exact }: Found) => [...notes, ...hiddenNotes(structured, exact)];

/** The complete answer, whatever its size. */
export function whole(found: Found): Answer {
  const { lines, structured, picture, freshness, next = [], exact } = found;
  const notes = notesOf(found);
  const complete = {
    ...structured,
    ...(notes.length === 0 ? {} : { notes }),
    ...(next.length === 0 ? {} : { next }),
    ...(picture === undefined ? {} : { picture }),
    freshness,
  };
  return {
    text: [bodyOf(linesThatMayFit(lines)), ...endOf({ freshness, notes, next })].join('\n'),
    structured: cleanObject(complete, exact),
    freshness,
  };
}

export const sizeOf = ({ text, structured }: Answer) => bytesOf(text) + bytesOf(structured);

const endOf = ({ freshness, notes, next }: Required<Pick<Found, 'freshness' | 'notes' | 'next'>>) =>
  [...notes.map((note) => `(${note})`), ...(next.length === 0 ? [] : [nextLine(next)]), freshnessLine(freshness)].map(
    printable,
  );

/** As many lines as could fit: further ones are not even looked at. */
function linesThatMayFit(lines: readonly string[]): readonly string[] {
  let left = maxAnswerBytes;
  const end = lines.findIndex((line) => {
    left -= line.length;
    return left < 0;
  });
  return end === -1 ? lines : lines.slice(0, end + 1);
}

/** Where the words of a line begin that is neither marked as quoted nor code. */
const firstWord = /[\p{L}\p{N}›`]/u;
const fence = /^ *`{3,}(?=[\w+#.-]*$)/;
/** In a block of code, which is shown whole, all else that looks like ours is code. */
const likeEndInCode = /^(?:Next|Source):/;

function isLikeEnd(line: string, isInCode: boolean): boolean {
  const start = line.search(firstWord);
  const words = start === -1 ? '' : line.slice(start);
  return isInCode ? likeEndInCode.test(words) : !/^[›`]/.test(words) && looksLikeOurs(words);
}

function markedAsQuoted(line: string): string {
  const indent = line.length - line.trimStart().length;
  return `${line.slice(0, indent)}› ${line.slice(indent)}`;
}

/** The lines before the end. One that looks like part of the end begins with an id, or is code, and is marked as quoted. */
function bodyOf(lines: readonly string[]): string {
  let open: string | undefined;
  return cleanLines(lines.join('\n'))
    .split('\n')
    .map((line) => {
      const isInCode = open !== undefined;
      if (open === undefined) open = fence.exec(line)?.[0];
      else if (line === open) open = undefined;
      return isLikeEnd(line, isInCode) ? markedAsQuoted(line) : line;
    })
    .join('\n');
}

/** Characters of a line at the end of an answer that is too large. */
const maxEndLine = 1000;
/** Bytes for the notes on what was left out, and for closing a block of code. */
const noteRoom = 6000;

/**
 * The answer within the size limit. Its text and its object each have a note on what they lack: a client may get only
 * one of them.
 */
export function bounded(found: Found): Answer {
  const { text: wholeText, structured } = whole(found);
  const { lines, next = [], freshness } = found;
  const notes = notesOf(found);
  const left = nothingLeftOut();
  const room = maxAnswerBytes - noteRoom;
  const textRoom = Math.min(bytesOf(wholeText), Math.max(room / 2, room - bytesOf(structured)));
  const end = endOf({ notes, next, freshness }).map((line) => cut(line, maxEndLine));
  const possible = linesThatMayFit(lines);
  const said = fittedLines(bodyOf(possible).split('\n'), textRoom - bytesOf(end.join('\n')), left);
  left.lines += lines.length - possible.length;
  const shown = fittedFields(structured, room - textRoom, left);
  const note = leftOutLinesNote(left);
  const text = [...said, ...(note === undefined ? [] : [`(${note})`]), ...end].join('\n');
  return { text, structured: withNote(shown, leftOutFieldsNote(left)), freshness };
}

function withNote(structured: Record<string, unknown>, note: string | undefined): Record<string, unknown> {
  if (note === undefined) return structured;
  const { notes } = structured;
  return { ...structured, notes: [...(Array.isArray(notes) ? notes : []), note] };
}

/** Structured content as the text of a resource: JSON that is sent inside another JSON text. */
export function resourceText(structured: Record<string, unknown>): string {
  const text = json(structured);
  if (bytesOf(text) <= maxAnswerBytes) return text;
  const left = nothingLeftOut();
  // The JSON is escaped twice, and so may take twice the bytes.
  const shown = fittedFields(structured, (maxAnswerBytes - noteRoom) / 2, left);
  return json(withNote(shown, leftOutFieldsNote(left)));
}
