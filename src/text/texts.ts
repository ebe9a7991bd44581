import type { TextState } from '../queries/texts.ts';

const short: Readonly<Record<TextState, string>> = {
  hashed: 'hashed',
  kept: 'as sent',
  'being hashed': 'being hashed',
};

/** How the texts in an answer are, for its labels. */
export const textsText = (texts: TextState): string => short[texts];

const long: Readonly<Record<TextState, string>> = {
  hashed: 'hashed (DUNETRACE_CONTENT=hash)',
  kept: 'kept as sent (DUNETRACE_CONTENT=keep)',
  'being hashed': 'being hashed; until a pass has ended that, some that were kept are still in the file',
};

/** The same in a sentence about the mirror. */
export const textsStatus = (texts: TextState): string => long[texts];
