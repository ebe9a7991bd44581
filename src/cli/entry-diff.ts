import { diffLines } from 'diff';
import { printable } from '../printable.ts';

/**
 * What changes in this server's entry, for people to read. It shows no secret, and nothing of the file's other servers.
 */

const secretName = /key|token|secret|passw|auth|credential|cookie/i;
/** The same for a name inside an argument, a header or an address. */
const secretWithin = /(?:key|token|secret|passw|auth|credential|cookie)[\w-]{0,40}["']?\s{0,3}[=:]|\bBearer\s/i;
/** A reference to an environment variable, as clients write them. Its name may be shown, but no value that stands in for it. */
const reference = /^(?:Bearer )?\$\{[\w:]+-?\}$/;
const userInfo = /(:\/\/)[^/@\s]{1,500}@/g;
const blot = '********';

const isFlag = (text: unknown) => typeof text === 'string' && text.startsWith('-') && !text.includes('=');

/**
 * Every text in `value` whose name marks it as secret: the setting's name, its own, or that of the argument before it.
 */
function secretsIn(value: unknown, name = ''): string[] {
  if (typeof value === 'string') {
    const isSecret = secretName.test(name) || secretWithin.test(value);
    return isSecret && value !== '' && !reference.test(value) ? [value] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, at) => {
      const before: unknown = value[at - 1];
      return secretsIn(each, isFlag(before) && !isFlag(each) ? String(before) : name);
    });
  }
  if (typeof value !== 'object' || value === null) return [];
  // Everything below an `auth` or a `tokens` is secret.
  return Object.entries(value).flatMap(([key, each]) => secretsIn(each, secretName.test(name) ? name : key));
}

/** `value` with each text rewritten. */
function withTexts(value: unknown, rewrite: (text: string) => string): unknown {
  if (typeof value === 'string') return rewrite(value);
  if (Array.isArray(value)) return value.map((each) => withTexts(each, rewrite));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTexts(each, rewrite)]));
}

/** How a text is shown. A new secret looks different from the old one; otherwise the diff would show no change. */
function hideAll(secrets: readonly string[], old: ReadonlySet<string>): (text: string) => string {
  const blotted = (secret: string) => (old.has(secret) ? blot : `${blot} (new)`);
  // A short secret that occurs within a text is most likely part of a word.
  const long = secrets.filter(({ length }) => length >= 6).sort((one, other) => other.length - one.length);
  return (text) =>
    secrets.includes(text)
      ? blotted(text)
      : long
          .reduce((hidden, secret) => hidden.replaceAll(secret, blotted(secret)), text)
          .replace(userInfo, `$1${blot}@`);
}

/** The removed and added lines. `render` writes an entry in the client's own format; `secrets` are never shown. */
export function entryDiff(
  before: unknown,
  after: unknown,
  render: (entry: unknown) => string,
  secrets: readonly string[],
): string[] {
  const old = new Set(secretsIn(before));
  const hide = hideAll([...new Set([...secrets, ...old, ...secretsIn(after)])], old);
  const shown = (entry: unknown) => (entry === undefined ? '' : render(withTexts(entry, hide)));
  return diffLines(shown(before), shown(after)).flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    const lines = value.split('\n').filter((line) => line !== '');
    return lines.map((line) => printable(`${added ? '+' : '-'}${line}`));
  });
}
