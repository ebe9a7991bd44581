/**
 * JSON whose integers keep their digits. A JavaScript number holds no integer past 2^53 exactly: read as one, the trace id
 * 12345678901234567890 becomes 12345678901234567000.
 */

declare global {
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** Where a number of so many digits may stand: few texts have one, and reviving takes seven times as long. */
const large = /[:,[\s-]\d{16}/;
const integer = /^-?\d+$/;

function parse(text: string, make: (digits: string) => unknown): unknown {
  if (!large.test(text)) return JSON.parse(text);
  try {
    return JSON.parse(text, (_, value, { source = '' }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && integer.test(source) ? make(source) : value,
    );
  } catch (error) {
    // What is nested so deep that it can't be revived is refused for that.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** For what is written as JSON again: such an integer becomes what `JSON.stringify` writes as it was. */
export const parseToStore = (text: string): unknown => parse(text, (digits) => JSON.rawJSON(digits));

/** For what is shown: such an integer becomes a text, as whoever reads the answer has no number for it either. */
export const parseToShow = (text: string): unknown => parse(text, (digits) => digits);

/** The nearest number, where a field is one whatever its digits; all else as it is. */
export function rounded(value: unknown): unknown {
  return JSON.isRawJSON(value) ? Number(JSON.stringify(value)) : value;
}

/** What counts things, as JSON: sums of it stay within what SQLite holds. */
export const roundedJson = (value: unknown): string => JSON.stringify(JSON.parse(JSON.stringify(value)));
