import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';

/** How long a browser stays signed in, in seconds. */
export const signedInSeconds = 12 * 3600;
/** One more signs the first one out. */
const maxBrowsers = 100;

/** The browsers that have signed in, each by a random value of its own. They are forgotten when the server ends. */
export interface Browsers {
  /** @returns the value that the browser has to show from now on. */
  signIn(): string;
  knows(value: string): boolean;
  signOut(value: string): void;
}

const hash = (value: string) => createHash('sha256').update(value).digest();

export function createBrowsers({ monotonic }: Pick<Clock, 'monotonic'>): Browsers {
  /** The first to sign in comes first. */
  let browsers: readonly { hash: Buffer; until: number }[] = [];
  const signedIn = () => browsers.filter(({ until }) => until > monotonic());
  return {
    signIn: () => {
      const value = randomBytes(32).toString('base64url');
      const until = monotonic() + signedInSeconds * 1000;
      browsers = [...signedIn(), { hash: hash(value), until }].slice(-maxBrowsers);
      return value;
    },
    knows: (value) => {
      const shown = hash(value);
      // All are compared, so that the time does not tell which one it is.
      return signedIn().filter((browser) => timingSafeEqual(browser.hash, shown)).length > 0;
    },
    signOut: (value) => {
      const shown = hash(value);
      browsers = signedIn().filter((browser) => !timingSafeEqual(browser.hash, shown));
    },
  };
}
