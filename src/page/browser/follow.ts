import { Idiomorph } from 'idiomorph';

/**
 * Keeps a page equal to the mirror: asks for the mirror's state, and where that has moved for the page, of which it changes
 * what differs. So focus, scroll positions and open details stay. Nobody looks at a hidden page, so it asks nothing.
 */

const askMs = 3000;
/** A server that takes longer counts as lost. */
const patienceMs = 20_000;

const root = document.documentElement;

function say(id: 'freshness' | 'following', text: string): void {
  const place = document.getElementById(id);
  if (place !== null && place.textContent !== text) place.textContent = text;
}

/** The server answers, but with something else than was asked for: the message says with what. */
class OtherAnswer extends Error {}

/** @throws OtherAnswer; any other error when there is no answer. */
async function ask(address: string, accept: string): Promise<Response> {
  const answer = await fetch(address, { headers: { accept }, signal: AbortSignal.timeout(patienceMs) });
  // The server has forgotten this browser: it shows its form.
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new OtherAnswer(`status ${answer.status}`);
  return answer;
}

/** The mirror's state. @throws OtherAnswer; any other error when there is no answer. */
async function readState(): Promise<{ version: string; freshness: string }> {
  const state: unknown = await (await ask('/state', 'application/json')).json();
  if (typeof state !== 'object' || state === null || !('version' in state) || !('freshness' in state))
    throw new OtherAnswer('something else');
  return { version: String(state.version), freshness: String(state.freshness) };
}

/** Changes of the page what differs now. */
async function renew(): Promise<void> {
  const text = await (await ask(location.href, 'text/html')).text();
  const next = new DOMParser().parseFromString(text, 'text/html');
  const [shown, wanted] = [document.querySelector('main'), next.querySelector('main')];
  if (shown === null || wanted === null) throw new OtherAnswer('something else');
  await Idiomorph.morph(shown, wanted, {
    morphStyle: 'outerHTML',
    // What the reader has opened stays open.
    callbacks: { beforeAttributeUpdated: (name, element) => !(name === 'open' && element.localName === 'details') },
  });
  root.dataset.version = next.documentElement.dataset.version ?? '';
}

async function look(): Promise<void> {
  const { version, freshness } = await readState();
  if (version !== root.dataset.version) await renew();
  say('freshness', freshness);
  say('following', 'This page follows the mirror.');
}

const pause = () => new Promise((resolve) => setTimeout(resolve, askMs));

const untilVisible = () =>
  new Promise<void>((resolve) => {
    if (!document.hidden) return resolve();
    document.addEventListener('visibilitychange', () => resolve(), { once: true });
  });

async function follow(): Promise<never> {
  let seenAt = new Date();
  for (;;) {
    await untilVisible();
    try {
      await look();
      seenAt = new Date();
    } catch (error) {
      const time = seenAt.toISOString().slice(11, 19);
      const wrong = error instanceof OtherAnswer ? `answers with ${error.message}` : 'does not answer';
      say('following', `The server ${wrong}: this page is as of ${time} UTC.`);
    }
    await pause();
  }
}

void follow();
