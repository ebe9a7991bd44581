// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `text` without terminal escapes, control characters and direction overrides; line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(escapeSequence, '').replace(control, '');
}

/** The same on one line. Texts that come from agents, and from the API, are data: they must not steer a terminal. */
export function printable(text: string): string {
  return printableLines(text).replace(/\s*\n\s*/g, ' ');
}
