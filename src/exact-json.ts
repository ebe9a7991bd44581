/**
 * JSON whose integers keep their digits. A JavaScript number holds no integer past 2^53 exactly: read as a number, the
 * trace id 12345678901234567890 becomes 12345678901234567000.
 */

declare global {
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** Where a number with this many digits may be: few texts have one, and reviving takes seven times as long. */
const large = /[:,[\s-]\d{16}/;
const integer = /^-?\d+$/;

function parse(text: string, make: (digits: string) => unknown): unknown {
  if (!large.test(text)) return JSON.parse(text);
  try {
    return JSON.parse(text, (_, value, { source = '' }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && integer.test(source) ? make(source) : value,
    );
  } catch (error) {
    // JSON that is nested too deep to revive is refused for its depth.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** For values that we write as JSON again: `JSON.stringify` writes such an integer as it was. */
export const parseToStore = (text: string): unknown => parse(text, (digits) => JSON.rawJSON(digits));

/**
 * For values that we show: such an integer becomes a text, because the reader of the answer has no number for it
 * either.
 */
export const parseToShow = (text: string): unknown => parse(text, (digits) => digits);

/** The nearest number, for a field that is a number whatever its digits; everything else unchanged. */
export function rounded(value: unknown): unknown {
  return JSON.isRawJSON(value) ? Number(JSON.stringify(value)) : value;
}

/** Counts as JSON: their sums stay within what SQLite holds. */
export const roundedJson = (value: unknown): string => JSON.stringify(JSON.parse(JSON.stringify(value)));
