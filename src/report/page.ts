import { markup } from '../pictures/markup.ts';
import { seriesPatterns } from '../pictures/series.ts';
import { pictureStyle } from '../pictures/style.ts';
import { minute } from '../text/time.ts';
import { agentPart } from './agent-part.ts';
import type { Report } from './contents.ts';
import { fleetPart } from './fleet-part.ts';
import { style } from './style.ts';

/** The page loads nothing and runs nothing, whatever an agent's texts contain. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report as one self-contained HTML page. */
export function reportPage(report: Report): string {
  const { days, end, madeAt, apiUrl, notes, agents } = report;
  const span = days === 1 ? 'The day' : `The ${days} days`;
  // The bundle is ASCII, but the bundler does not escape text in a tagged template.
  const warning = '⚠';
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="icon" href="data:,"><title>Dunetrace report, ${minute(end)}</title><style>${pictureStyle}${style}</style></head>
<body>${seriesPatterns}<header><h1>Dunetrace report</h1><p>${span} up to ${minute(end)}, mirrored from ${apiUrl}. <span class="dim">Made ${minute(madeAt)}; all times are UTC.</span></p>${notes.map((note) => markup`<p class="fair">${warning} ${note}</p>`)}</header>
<main>${fleetPart(report)}${agents.map((part, place) => agentPart(part, report, place))}</main></body></html>
`;
  return page.html;
}
