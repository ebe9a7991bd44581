import { contentMeta } from '../db/content.ts';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { mirrorMeta } from '../db/schema.ts';
import { contentOf } from '../lists/content.ts';

/**
 * How the mirror holds what people, models and tools wrote: as hashes, as it was sent, or as hashes from now on, while what was
 * kept before is being hashed.
 */
export type TextState = 'hashed' | 'kept' | 'being hashed';

const states = { hash: 'hashed', keep: 'kept', hashing: 'being hashed' } as const;

const content = prepared((db) => db.select({ content: mirrorMeta.content }).from(mirrorMeta).prepare());

export const textState = (reader: Reader): TextState => states[content(reader).get()?.content ?? 'hash'];

/** What stands in for a text in this mirror; the text itself where texts are kept. */
export const standInOf = (reader: Reader, text: string): string => contentOf(contentMeta(reader.db)).standIn(text);
