import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Guard } from '../mcp/http-guard.ts';
import { readBody } from '../mcp/http-messages.ts';
import type { Exchange } from '../mcp/http-sessions.ts';
import { createBrowsers, signedInSeconds } from './browsers.ts';
import { cookieOf, setCookie } from './cookie.ts';
import { signInPage } from './frame.ts';
import { redirect, sendPage } from './send.ts';
import { createTries } from './tries.ts';

/** A form with a token is shorter. */
const maxFormBytes = 4096;

/** Where a server demands a token: a form trades it for a cookie, so that it stays out of URLs, history and pages. */
export interface SignIn {
  /** Whether the request carries the cookie of a browser that has signed in. */
  isSignedIn(req: IncomingMessage): boolean;
  /** Answers the posted forms. @throws Refusal when no page of this server sent them. */
  signIn(exchange: Exchange): Promise<void>;
  signOut(exchange: Exchange): void;
}

export function createSignIn(guard: Guard, clock: Pick<Clock, 'monotonic'>): SignIn {
  const browsers = createBrowsers(clock);
  const tries = createTries(clock);
  return {
    isSignedIn: (req) => {
      const value = cookieOf(req);
      return value !== undefined && browsers.knows(value);
    },
    signIn: async ({ req, res }) => {
      guard.admitForm(req);
      const form = await readBody(req, { type: 'application/x-www-form-urlencoded', maxBytes: maxFormBytes });
      const wait = tries.waitSeconds();
      if (wait > 0) {
        const said = `Too many wrong tokens were tried. Try again in ${wait} seconds.`;
        return sendPage(res, signInPage(said), { status: 429, headers: { 'retry-after': String(wait) } });
      }
      if (guard.isToken(new URLSearchParams(form).get('token')?.trim() ?? '')) {
        return redirect(res, '/', { 'set-cookie': setCookie(req, browsers.signIn(), signedInSeconds) });
      }
      tries.wrong();
      sendPage(res, signInPage('This is not the token of this server.'), { status: 403 });
    },
    signOut: ({ req, res }) => {
      guard.admitForm(req);
      const value = cookieOf(req);
      if (value !== undefined) browsers.signOut(value);
      redirect(res, '/', { 'set-cookie': setCookie(req, '', 0) });
    },
  };
}
