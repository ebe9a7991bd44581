import type * as z from 'zod';
import type { Sent } from '../api/rows.ts';
import { type Content, jsonWithoutTexts } from './content.ts';

/** How much of a list the API shows. `by` is the field by which its newest rows come first, in Unix seconds. */
export type Shows =
  /** All of it, in one answer: the mirror replaces it whole. */
  | { how: 'whole' }
  /** Its newest rows in one answer, at most `most`. */
  | { how: 'newest'; by: string; most: number }
  /** Pages. */
  | { how: 'pages'; by: string };

export type RecordShape = Readonly<Record<string, z.ZodType>>;

/**
 * A list beside agents, runs and signals. A row is kept as JSON, so that a field costs a line here and nothing elsewhere;
 * the view has a column for each field, and `*_iso` for each that is a time.
 */
export interface RecordList<Shape extends RecordShape = RecordShape> {
  readonly name: string;
  /** What people read of it. */
  readonly view: string;
  /** What a row is, in a sentence. */
  readonly about: string;
  /** A field's description is that of the view's column. */
  readonly wire: z.ZodObject<Shape>;
  /** The field that identifies a row. */
  readonly key: string;
  /** The path of the organisation's list, or how to find that of an agent's, or of what a question names. */
  readonly path: string | ((owner: string) => string);
  /** Only read where the API has not this list. */
  readonly insteadOf?: string;
  /** Only questions read it. */
  readonly isOnDemand?: boolean;
  /** The name of a column for what owns a row, where no field says it. */
  readonly ownerColumn?: string;
  /** What the rows are called in an answer; not given: the answer is the list itself. */
  readonly rowsKey?: string;
  readonly shows: Shows;
  /** Fields that people, models or tools wrote, and people's ids: hashed, unless texts are kept. */
  readonly written?: readonly string[];
  /** Whether it changes with the signals that come in, and not only by hand. */
  readonly followsSignals?: boolean;
  /** The first generation of the Customer API that has the list. */
  readonly since: 1 | 2 | 3;
}

/** Whether there is one of each agent. */
export const isOfAgents = ({ path, isOnDemand = false }: RecordList): boolean =>
  typeof path !== 'string' && !isOnDemand;

/** A row as the mirror stores it. `body` (the fields above) and `extra` (others) are JSON text; `at` is in Unix seconds. */
export interface RecordRow {
  key: string;
  at: number | null;
  body: string;
  extra: string | null;
}

const field = (row: object, name: string): unknown => Object.getOwnPropertyDescriptor(row, name)?.value;

/** A row, with what stands in for texts. */
export function recordRow(list: RecordList, { row, extra }: Sent<object>, content: Content): RecordRow {
  const { key, shows } = list;
  const at = shows.how === 'whole' ? null : field(row, shows.by);
  return {
    key: String(field(row, key)),
    at: typeof at === 'number' ? at : null,
    body: JSON.stringify(hidden(list, row, content)),
    extra: jsonWithoutTexts(extra, content),
  };
}

/** The fields of a row, with what stands in for those that somebody wrote. */
export function hidden({ written = [] }: RecordList, row: object, { standIn }: Content): object {
  const entries = Object.entries(row).map(([name, value]): [string, unknown] => {
    const isHidden = written.includes(name) && typeof value === 'string' && value !== '';
    return [name, isHidden ? standIn(value) : value];
  });
  return Object.fromEntries(entries);
}
