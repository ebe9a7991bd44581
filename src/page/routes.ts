import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import { isWithoutMirror, messageOf } from '../errors.ts';
import type { Pages } from '../mcp/http.ts';
import { type Guard, Refusal } from '../mcp/http-guard.ts';
import type { Handler } from '../mcp/http-handlers.ts';
import type { Exchange } from '../mcp/http-sessions.ts';
import { periodIn } from './address.ts';
import { agentPage, fleetPage, messagePage, type Page, signInPage } from './frame.ts';
import { readScript } from './script.ts';
import { redirect, type Sent, sendPage, sendScript, sendState } from './send.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import { readState, readView, type View, type ViewDeps, type Wanted } from './view.ts';

export interface PagesDeps extends ViewDeps {
  guard: Guard;
  clock: Pick<Clock, 'now' | 'monotonic'>;
}

/** Agents that the page of all agents shows in full. */
const inFull = 5;
/** So many pages may wait for their turn. */
const maxWaiting = 20;

/** The handlers of a path, by method. */
type Methods = Readonly<Record<string, Handler>>;

/** Whether a browser asks, and no MCP client that looks for a stream. */
function isForBrowser({ headers: { accept = '*/*' }, method }: Exchange['req']): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && /text\/html|\*\/\*/.test(accept) && !accept.includes('text/event-stream');
}

/** Pages are made one after another, as each takes a while. @throws Refusal when too many wait. */
function createMaker(deps: ViewDeps): (wanted: Wanted) => Promise<View> {
  const queue = new PQueue({ concurrency: 1 });
  return (wanted) => {
    if (queue.size >= maxWaiting)
      throw new Refusal(503, 'Too many pages are being made. Try again.', { headers: { 'retry-after': '2' } });
    return queue.add(() => readView(deps, wanted));
  };
}

/** The pages that need what is in the mirror. */
function createViews(deps: PagesDeps, { isSignedIn }: Pick<SignIn, 'isSignedIn'>) {
  const make = createMaker(deps);
  const all: Handler = async ({ req, res, query }) => {
    const period = periodIn(query);
    const view = await make({ agentId: undefined, inFull, ...period });
    sendPage(res, fleetPage(view, { period, isSignedIn: isSignedIn(req) }));
  };
  const one: Handler = async ({ req, res, query }) => {
    const period = periodIn(query);
    const agentId = query.get('id') ?? '';
    const view = await make({ agentId, inFull: 1, ...period });
    if (view.report.agents.length === 0) throw new Refusal(404, `The mirror has no agent ${JSON.stringify(agentId)}.`);
    sendPage(res, agentPage(view, agentId, { period, isSignedIn: isSignedIn(req) }));
  };
  const state: Handler = async ({ res }) => sendState(res, await readState(deps));
  const script: Handler = async ({ res }) => sendScript(res, await readScript());
  return { '/': all, '/agents': one, '/state': state, '/page.js': script };
}

/** Whether a link on a page of another site led here. */
const isLedHere = ({ headers }: Exchange['req']) =>
  headers['sec-fetch-mode'] === 'navigate' && /^(cross|same)-site$/.test(String(headers['sec-fetch-site']));

/** The page that says what is wrong. @throws any error that does not say it. */
function faultPage(error: unknown, req: Exchange['req']): { page: Page; sent: Sent } {
  if (error instanceof Refusal) {
    const { status, message, headers } = error;
    if (status === 401) return { page: signInPage(), sent: { status, headers } };
    const said = status === 403 && isLedHere(req) ? 'A page of another site led here.' : message;
    return { page: messagePage(status === 404 ? 'Not found' : 'Not shown', said), sent: { status, headers } };
  }
  if (!isWithoutMirror(error)) throw error;
  return { page: messagePage('There is no mirror to show', messageOf(error)), sent: { status: 503 } };
}

/** Has an error that says what is wrong answered with a page. */
const withFaults =
  (handler: Handler): Handler =>
  async (exchange) => {
    try {
      await handler(exchange);
    } catch (error) {
      const { page, sent } = faultPage(error, exchange.req);
      sendPage(exchange.res, page, sent);
    }
  };

/**
 * What the server shows to browsers, to whoever may ask over MCP: the agents at `/` and `/agents?id=...`. Where a token is
 * needed, which a browser can't send by itself, `/sign-in` trades it for a cookie.
 */
export function createPages(deps: PagesDeps): Pages {
  const { guard, clock } = deps;
  const door = createSignIn(guard, clock);
  const guarded =
    (handler: Handler): Handler =>
    (exchange) => {
      guard.admit(exchange.req);
      if (!door.isSignedIn(exchange.req)) guard.authorize(exchange.req);
      return handler(exchange);
    };
  const reads = Object.entries(createViews(deps, door)).map(
    ([path, handler]) => [path, { GET: guarded(handler), HEAD: guarded(handler) }] as const,
  );
  const home: Handler = guarded(({ res }) => redirect(res, '/'));
  const forms: [string, Methods][] = [
    ['/sign-in', { GET: home, HEAD: home, POST: door.signIn }],
    ['/sign-out', { POST: door.signOut }],
  ];
  const paths = new Map<string, Methods>([...reads, ...(guard.needsToken ? forms : [])]);
  return {
    handlerOf: (req, path) => {
      const methods = paths.get(path);
      if (!methods || (path === '/' && !isForBrowser(req))) return undefined;
      return withFaults(methods[req.method ?? ''] ?? refuseMethod(path, methods));
    },
  };
}

const refuseMethod =
  (path: string, methods: Methods): Handler =>
  () => {
    const allow = Object.keys(methods).join(', ');
    throw new Refusal(405, `${path} takes ${allow}.`, { headers: { allow } });
  };
