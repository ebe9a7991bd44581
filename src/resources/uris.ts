import { UsageError } from '../errors.ts';
import { quoted } from '../printable.ts';
import { type View, views, viewUri } from '../tools/views.ts';

/** What a URI of this server names. Ids are decoded. */
export type Address =
  | { of: 'docs'; name: string }
  | { of: 'schema' }
  | { of: 'notices' }
  | { of: 'views'; name: View }
  | { of: 'agents'; id: string }
  | { of: 'runs'; id: string }
  | { of: 'signals'; id: number };

/** A URI that names nothing here: it is malformed, or its resource does not exist. */
export class UnknownResourceError extends UsageError {}

const scheme = 'dunetrace://';
/** The longest URI, in characters: a session may keep many of them, and no id is nearly as long. */
const maxLength = 10_000;

const forms =
  'URIs are dunetrace://schema, dunetrace://notices, dunetrace://docs/<name>, dunetrace://agents/<agent id>, dunetrace://runs/<run id> and dunetrace://signals/<number>; percent-encode the parts in <>.';

export function formatUri(address: Address): string {
  // A resource that exists only once has no id.
  if (address.of === 'views') return viewUri(address.name);
  if (address.of === 'schema' || address.of === 'notices') return `${scheme}${address.of}`;
  const name = address.of === 'docs' ? address.name : String(address.id);
  return `${scheme}${address.of}/${encodeURIComponent(name.toWellFormed())}`;
}

/** @throws UnknownResourceError that names the valid forms. */
export function parseUri(uri: string): Address {
  // The answer repeats the URI: half a surrogate pair in it would end the session of many a client.
  const address = uri.length > maxLength || !uri.isWellFormed() ? undefined : addressOf(uri);
  if (address) return address;
  throw new UnknownResourceError(`There is no resource ${quoted(uri.slice(0, 200))}. ${forms}`);
}

function addressOf(uri: string): Address | undefined {
  if (uri === `${scheme}schema`) return { of: 'schema' };
  if (uri === `${scheme}notices`) return { of: 'notices' };
  const view = views.find((name) => uri === viewUri(name));
  if (view !== undefined) return { of: 'views', name: view };
  const [, of, encoded = ''] = /^dunetrace:\/\/([a-z]+)\/([^/?#]+)$/.exec(uri) ?? [];
  const id = decoded(encoded);
  if (id === undefined) return undefined;
  if (of === 'docs') return { of, name: id };
  if (of === 'agents' || of === 'runs') return { of, id };
  if (of === 'signals' && /^[1-9]\d{0,14}$/.test(id)) return { of, id: Number(id) };
  return undefined;
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
