import { type Markup, markup, nothing } from '../pictures/markup.ts';
import { seriesPatterns } from '../pictures/series.ts';
import { idText } from '../printable.ts';
import { agentPart } from '../report/agent-part.ts';
import type { Report } from '../report/contents.ts';
import { fleetPart } from '../report/fleet-part.ts';
import { headlinePart } from '../report/headline-part.ts';
import { introPart } from '../report/intro-part.ts';
import { pageStyle, stylePolicy } from '../report/style.ts';
import { agentAddress, type Period, periods, queryOf } from './address.ts';
import type { State, View } from './view.ts';

/** A page, and what it may load, run and send. */
export interface Page {
  html: string;
  policy: string;
}

/** Nothing from elsewhere, no script but the server's own file, and no frame around it. */
const policy = () =>
  `default-src 'none'; script-src 'self'; ${stylePolicy()}; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

interface Parts {
  title: string;
  header: Markup;
  main: Markup;
  /** Set for a page that follows the mirror. */
  version?: string;
}

function pageOf({ title, header, main, version }: Parts): Page {
  const follows = version === undefined ? nothing : markup` data-version="${version}"`;
  const script = version === undefined ? nothing : markup`<script src="/page.js" defer></script>`;
  const page = markup`<!doctype html>
<html lang="en"${follows}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>${title}</title><style>${pageStyle}</style>${script}</head>
<body><header>${header}</header>
<main>${main}</main></body></html>
`;
  return { html: page.html, policy: policy() };
}

/** A page that says something, and leads on. */
export const messagePage = (title: string, said: string): Page =>
  pageOf({
    title,
    header: markup`<h1>${title}</h1>`,
    main: markup`<p>${said}</p><p><a href="/">Show all agents</a></p>`,
  });

/** The form that takes the server's token, after something that was wrong. */
export function signInPage(wrong?: string): Page {
  const alert = wrong === undefined ? nothing : markup`<p class="poor" role="alert">${wrong}</p>`;
  const field = markup`<p><label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label> <button>Sign in</button></p>`;
  return pageOf({
    title: 'Dunetrace: sign in',
    header: markup`<h1>Dunetrace</h1>`,
    main: markup`${alert}<form method="post" action="/sign-in"><p>This server shows its pages to those who know its token, the value of DUNETRACE_HTTP_TOKEN.</p>${field}</form>`,
  });
}

interface Shown {
  period: Period;
  /** The browser has signed in, and so can sign out. */
  isSignedIn: boolean;
}

function headerOf({ freshness }: State, { period, isSignedIn }: Shown, agentId?: string): Markup {
  const links = periods.map((days) => {
    const current = days === period.days ? markup` aria-current="page"` : nothing;
    return markup`<a href="${agentId === undefined ? `/${queryOf({ days })}` : agentAddress(agentId, { days })}"${current}>${days === 1 ? '1 day' : `${days} days`}</a>`;
  });
  const signOut = isSignedIn
    ? markup`<form method="post" action="/sign-out"><button>Sign out</button></form>`
    : nothing;
  const title = agentId === undefined ? markup`Dunetrace` : markup`<a href="/${queryOf(period)}">Dunetrace</a>`;
  return markup`<div class="top"><h1>${title}</h1><nav aria-label="Period">${links}</nav>${signOut}</div><p id="freshness">${freshness}</p><p id="following" role="status"><noscript>Reload the page to see what is newer.</noscript></p>`;
}

/** All agents, the gravest ones in full. */
export function fleetPage({ state, report }: View, shown: Shown): Page {
  const linkOf = (agentId: string) => agentAddress(agentId, shown.period);
  return pageOf({
    title: 'Dunetrace',
    version: state.version,
    header: headerOf(state, shown),
    main: markup`${introPart(report)}${seriesPatterns}${headlinePart(report, linkOf)}${fleetPart(report, linkOf)}${inFull(report, linkOf)}`,
  });
}

function inFull(report: Report, linkOf: (agentId: string) => string): Markup {
  const parts = report.agents.map((part) => {
    const { agentId } = part.agent;
    return agentPart(part, report, markup`<a href="${linkOf(agentId)}">${idText(agentId)}</a>`);
  });
  return markup`${parts}`;
}

/** One agent in full. */
export function agentPage({ state, report }: View, agentId: string, shown: Shown): Page {
  const parts = report.agents.map((part) => agentPart(part, report, markup`${idText(agentId)}`));
  return pageOf({
    title: `Dunetrace: ${idText(agentId)}`,
    version: state.version,
    header: headerOf(state, shown, agentId),
    main: markup`${introPart(report)}${seriesPatterns}${parts}`,
  });
}
