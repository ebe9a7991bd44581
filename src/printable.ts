// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Direction overrides, zero-width characters (but the joiners of emoji and scripts), and tags, in which text can hide. */
const invisible = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
/** Whatever some program takes for the end of a line. */
const lineEnd = /\r\n?|[\u0085\u2028\u2029]/g;

/** The code units that are, or begin, any of the above (tags begin with U+DB40): most texts have none, and need no second look. */
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\udb40]/;

/** `text` without terminal escapes, control and invisible characters; line breaks and tabs stay. */
export function printableLines(text: string): string {
  if (!unprintable.test(text)) return text;
  return text.replace(lineEnd, '\n').replace(escapeSequence, '').replace(control, '').replace(invisible, '');
}

/** The same on one line. Texts that come from agents, and from the API, are data: they must not steer a terminal. */
export function printable(text: string): string {
  const lines = printableLines(text);
  return lines.includes('\n') ? lines.replace(/\s*\n\s*/g, ' ') : lines;
}
