import { isExact } from '../exact-fields.ts';
import { cut, hiddenIn, idText, maxLine, printable, printableLines, printableText } from '../printable.ts';
import { prose, proseLines } from '../prose.ts';

/** Text from agents is data: it is cleaned and bounded on its way out, whatever field it is in. */

/** Fields whose texts may have several lines. */
const multiline = new Set(['what', 'why_it_matters', 'description']);
/** Fields that show code or a guide whole. */
const whole = new Set(['code', 'markdown']);
/** Fields with our own words, in which renderers have cleaned what others wrote. */
const own = new Set([
  'note',
  'notes',
  'warning',
  'error',
  'message',
  'reasons',
  'uri',
  'api_url',
  'file',
  'next_cursor',
]);
/** Rows as the API has them: no words of ours are in them. */
const apiRows = new Set(['items', 'issue', 'conversation', 'fix']);
/** Objects with the names and values of others: a name in them says nothing of its value. */
const foreign = new Set([
  'evidence',
  'payload',
  'condition',
  'conditions',
  'action',
  'config',
  'tool_args',
  'langfuse_version',
]);
/** Objects whose names are failure types. */
const byType = new Set(['failure_types', 'signals']);

const maxKey = 200;

/** Lines for people, each of bounded length. */
export function cleanLines(text: string): string {
  return printableLines(text)
    .split('\n')
    .map((line) => cut(line, maxLine))
    .join('\n');
}

/** How the values of an object are read. `exact`: further fields with ids, types or versions, besides those that always are. */
interface Reading {
  isForeign: boolean;
  isApiRow: boolean;
  exact: readonly string[];
}

/** A caller passes it back: it stays byte for byte, and JSON lets nothing in it out. */
const exactText = (text: string) => cut(text.toWellFormed(), maxLine);

function cleanText(key: string, text: string, { isForeign, isApiRow, exact }: Reading): string {
  if (isForeign) return prose(text);
  if (isExact(key) || exact.includes(key)) return exactText(text);
  if (own.has(key) && !isApiRow) return printable(text);
  if (whole.has(key)) return printableText(text);
  return multiline.has(key) ? proseLines(text) : prose(text);
}

function cleanValue(key: string, value: unknown, reading: Reading): unknown {
  if (typeof value === 'string') return cleanText(key, value, reading);
  if (Array.isArray(value)) return value.map((item) => cleanValue(key, item, reading));
  if (typeof value !== 'object' || value === null) return value;
  const isForeign = reading.isForeign || foreign.has(key);
  const isApiRow = reading.isApiRow || apiRows.has(key);
  return cleanFields(value, { ...reading, isForeign, isApiRow }, !isForeign && byType.has(key) ? exactText : prose);
}

function cleanFields(object: object, reading: Reading, nameOf: (name: string) => string): Record<string, unknown> {
  const names = shownNames(Object.keys(object), nameOf);
  return Object.fromEntries(
    Object.entries(object).map(([key, value], place) => [names[place], cleanValue(key, value, reading)]),
  );
}

/** Each name as it is shown. Where another is shown so, or nothing is left of it, it gets a number: no value is lost. */
function shownNames(names: readonly string[], nameOf: (name: string) => string): string[] {
  const shown = names.map((name) => cut(nameOf(name), maxKey));
  const taken = new Set(names.filter((name, place) => shown[place] === name));
  const counts = new Map<string, number>();
  return shown.map((name, place) => {
    if (name === names[place]) return name;
    let count = counts.get(name) ?? (name.trim() === '' ? 0 : 1);
    let free = name;
    while (free.trim() === '' || taken.has(free)) {
      count += 1;
      free = `${name.trimEnd()} (${count})`.trimStart();
    }
    counts.set(name, count);
    taken.add(free);
    return free;
  });
}

/** The calls that may follow: their arguments are ours, or ids, and must be as they are. */
function cleanCalls(value: unknown): unknown {
  if (typeof value === 'string') return exactText(value);
  if (Array.isArray(value)) return value.map(cleanCalls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cleanCalls(part)]));
}

/** Cells of a table, whose columns with ids, types or versions are `exact`. */
function cleanRows(rows: unknown, columns: unknown, exact: readonly string[]): unknown {
  if (!Array.isArray(rows) || !Array.isArray(columns)) return rows;
  const cell = (value: unknown, place: number) =>
    typeof value === 'string' ? (exact.includes(String(columns[place])) ? exactText : prose)(value) : value;
  return rows.map((row: unknown) => (Array.isArray(row) ? row.map(cell) : row));
}

/** The same for structured content. `exact`: its fields with ids, types or versions, besides those that always are. */
export function cleanObject(object: Record<string, unknown>, exact: readonly string[] = []): Record<string, unknown> {
  const { next, rows, columns, ...rest } = object;
  const reading = { isForeign: false, isApiRow: false, exact };
  const clean = cleanFields(rest, reading, prose);
  const { freshness, ...fields } = clean;
  return {
    ...(columns === undefined ? {} : { columns: cleanValue('columns', columns, { ...reading, isForeign: true }) }),
    ...(rows === undefined ? {} : { rows: cleanRows(rows, columns, exact) }),
    ...fields,
    ...(next === undefined ? {} : { next: cleanCalls(next) }),
    freshness,
  };
}

/** How many ids a note names, and the characters of each. */
const maxNamed = 3;
const maxName = 80;

/** Notes on ids, types and versions that hold what can't be seen in them: they are exact, and so hide it. */
export function hiddenNotes(object: unknown, exact: readonly string[] = []): string[] {
  const found = new Map<string, string>();
  const noteOn = (key: string, id: string): void => {
    const hidden = found.has(id) ? [] : hiddenIn(id);
    if (hidden.length > 0) found.set(id, `${key} ${idText(cut(id, maxName))} holds ${hidden.join(', ')}`);
  };
  const look = (key: string, value: unknown): void => {
    if (typeof value === 'string' && (isExact(key) || exact.includes(key))) noteOn(key, value);
    else if (Array.isArray(value)) for (const item of value) look(key, item);
    else if (typeof value === 'object' && value !== null && !foreign.has(key))
      for (const [name, part] of Object.entries(value)) {
        if (byType.has(key)) noteOn('failure_type', name);
        look(name, part);
      }
  };
  look('', object);
  const all = [...found.values()];
  const rest = all.length > maxNamed ? [`${all.length - maxNamed} more hold such characters`] : [];
  return all.length === 0 ? [] : [[...all.slice(0, maxNamed), ...rest].join('; ')];
}
