import { cut, printable } from '../printable.ts';
import type { Freshness } from '../sync/freshness.ts';
import { freshnessLine } from '../text/freshness.ts';
import { type NextCall, nextLine } from '../text/next.ts';
import { bytesOf, fittedFields, fittedLines, leftOutNote, maxAnswerBytes, nothingLeftOut } from './bound.ts';
import { cleanLines, cleanObject } from './clean.ts';

/** An answer: the same facts as lines for people and as an object for programs. */
export interface Answer {
  text: string;
  structured: Record<string, unknown>;
  /** Where it came from and how old it is; both forms tell it too. */
  freshness: Freshness;
}

/** What a tool found. */
export interface Found<Structured = Record<string, unknown>> {
  lines: readonly string[];
  structured: Structured;
  freshness: Freshness;
  /** What the caller should know about how the question was taken. */
  notes?: readonly string[];
  /** Up to three calls that people make after this one. */
  next?: readonly NextCall[];
}

/** What was found as an answer, however much that is. */
export function whole({ lines, structured, freshness, notes = [], next = [] }: Found): Answer {
  return {
    text: [bodyOf(begun(lines)), ...endOf({ freshness, notes, next })].join('\n'),
    structured: cleanObject({
      ...structured,
      ...(notes.length === 0 ? {} : { notes }),
      ...(next.length === 0 ? {} : { next }),
      freshness,
    }),
    freshness,
  };
}

export const sizeOf = ({ text, structured }: Answer) => bytesOf(text) + bytesOf(structured);

const endOf = ({ freshness, notes, next }: Required<Pick<Found, 'freshness' | 'notes' | 'next'>>) =>
  [
    ...notes.flatMap((note) => ['', `(${note})`]),
    ...(next.length === 0 ? [] : ['', nextLine(next)]),
    '',
    freshnessLine(freshness),
  ].map(printable);

/** So many of the lines as could be told: more are not even looked at. */
function begun(lines: readonly string[]): readonly string[] {
  let left = maxAnswerBytes;
  const end = lines.findIndex((line) => {
    left -= line.length;
    return left < 0;
  });
  return end === -1 ? lines : lines.slice(0, end + 1);
}

/** How only an answer's end begins a line. */
const likeEnd = /^([^\S\n\r\u2028\u2029]*)(?=(?:Next|Source):)/gm;

/** The lines before the end; one that begins as the end does is somebody else's, and marked as quoted. */
function bodyOf(lines: readonly string[]): string {
  const text = cleanLines(lines.join('\n'));
  return text.includes('Source:') || text.includes('Next:') ? text.replace(likeEnd, '$1> ') : text;
}

/** Characters of a line at an answer's end, where there is too much. */
const maxEndLine = 1000;
/** Bytes of the note that tells what was left out, twice, and of what closes a block of code. */
const noteRoom = 6000;

/** What was found in at most so many bytes as an answer may have, with a note that tells what was left out. */
export function bounded(found: Found): Answer {
  const { text, structured } = whole(found);
  const { lines, notes = [], next = [], freshness } = found;
  const left = nothingLeftOut();
  const room = maxAnswerBytes - noteRoom;
  const textRoom = Math.min(bytesOf(text), Math.max(room / 2, room - bytesOf(structured)));
  const end = endOf({ notes, next, freshness }).map((line) => cut(line, maxEndLine));
  const told = begun(lines);
  const said = fittedLines(bodyOf(told).split('\n'), textRoom - bytesOf(end.join('\n')), left);
  left.lines += lines.length - told.length;
  const shown = fittedFields(structured, room - textRoom, left);
  const note = leftOutNote(left);
  return { text: [...said, '', `(${note})`, ...end].join('\n'), structured: withNote(shown, note), freshness };
}

function withNote(structured: Record<string, unknown>, note: string): Record<string, unknown> {
  const { notes } = structured;
  return { ...structured, notes: [...(Array.isArray(notes) ? notes : []), note] };
}

/** Structured content as the text of a resource: JSON, that is sent as a JSON text in its turn. */
export function resourceText(structured: Record<string, unknown>): string {
  const text = JSON.stringify(structured);
  if (bytesOf(text) <= maxAnswerBytes) return text;
  const left = nothingLeftOut();
  // What is escaped twice takes twice as much.
  const shown = fittedFields(structured, (maxAnswerBytes - noteRoom) / 2, left);
  return JSON.stringify(withNote(shown, leftOutNote(left)));
}
